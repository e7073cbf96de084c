import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import type { OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LogEntry } from "../log.ts";
import { serveLoopback } from "./loopback.ts";

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), "loopback-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function reports(place = directory()) {
  const log: LogEntry[] = [];
  const loopback = await serveLoopback(place, (entry) => void log.push(entry));
  onTestFinished(() => loopback.close());
  const socketPath = loopback.address.replace("unix:", "");
  const post = (path: string, body: string, headers: OutgoingHttpHeaders = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request({ socketPath, path, method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once("error", reject);
      sent.end(body);
    });
  return { log, post, socketPath };
}

describe("what Miniflare's workers report", () => {
  it("is answered, and logged where it matters", async () => {
    const { log, post } = await reports();
    expect(await post("/core/log", "a queue's message failed", { "MF-Log-Level": "2" })).toBe(204);
    expect(await post("/core/log", "of no interest", { "MF-Log-Level": "4" })).toBe(204);
    expect(await post("/core/error", '{"message":"broken"}')).toBe(500);
    expect(log).toEqual([
      { level: "warn", source: "runtime", message: "a queue's message failed" },
      { level: "error", source: "runtime", message: '{"message":"broken"}' },
    ]);
  });

  it("harms nothing when it is cut off, whether in its head or in its body", async () => {
    const { log, post, socketPath } = await reports();
    for (const part of [
      "POST /core/er",
      "POST /core/error HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1",
    ]) {
      const socket = connect(socketPath);
      await new Promise<void>((resolve) => socket.write(part, () => resolve()));
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      await closed;
    }
    // The runner fails a run in which a rejection went unhandled.
    expect(await post("/core/error", "still here")).toBe(500);
    expect(log.map(({ message }) => message)).toEqual(["still here"]);
  });

  it("is kept up to 64 KB, and no more of it is read", async () => {
    const { log, post } = await reports();
    const huge = "x".repeat(8 * 1024 * 1024);
    // Whether the sender still reads the refusal depends on how much it has sent by then.
    expect(await post("/core/error", huge).catch(() => 413)).toBe(413);
    expect(log[0]?.message).toBe(`${"x".repeat(64 * 1024)} … (cut off)`);
  });

  it("cannot steer the terminal that shows it", async () => {
    const { log, post } = await reports();
    await post("/core/error", "a\u001b]0;title\u0007\u001b[31mb\u009b2J\r\u202ec\n\tat d");
    expect(log[0]?.message).toBe("abc\n\tat d");
  });

  it("does not come from a web page", async () => {
    const { log, post } = await reports();
    expect(await post("/core/error", "x", { origin: "http://example.com" })).toBe(403);
    expect(await post("/core/error", "x", { "sec-fetch-site": "cross-site" })).toBe(403);
    expect(log).toEqual([]);
  });

  it("has a place also where the directory's path is too long for a socket", async () => {
    const { post, socketPath } = await reports(join(directory(), "deep".repeat(40)));
    expect(socketPath).toMatch(/^.{1,100}$/);
    expect(await post("/core/error", "x")).toBe(500);
  });
});
