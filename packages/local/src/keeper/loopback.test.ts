import { describe, expect, it } from "vitest";
import type { LogEntry } from "../log.ts";
import { serveLoopback } from "./loopback.ts";

describe("what Miniflare's workers report", () => {
  it("is answered, and logged where it matters", async () => {
    const log: LogEntry[] = [];
    const address = await serveLoopback((entry) => void log.push(entry));
    const post = async (path: string, body: string, level?: string): Promise<number> => {
      const headers = level === undefined ? {} : { "MF-Log-Level": level };
      return (await fetch(`http://${address}${path}`, { method: "POST", body, headers })).status;
    };
    expect(await post("/core/log", "a queue's message failed", "2")).toBe(204);
    expect(await post("/core/log", "of no interest", "4")).toBe(204);
    expect(await post("/core/error", '{"message":"broken"}')).toBe(500);
    expect(log).toEqual([
      { level: "warn", source: "runtime", message: "a queue's message failed" },
      { level: "error", source: "runtime", message: '{"message":"broken"}' },
    ]);
  });
});
