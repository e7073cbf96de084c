import { expect, test } from "vitest";
import { createLog, type LogLine } from "./log.ts";

function logged(level: "debug" | "info" | "silent" = "info") {
  const lines: LogLine[] = [];
  const log = createLog({ level, sink: (line) => lines.push(line), now: () => 0 });
  return { lines, log };
}

test("a line says when, how important, what, and the fields", () => {
  const { lines, log } = logged();
  log.info("agents.created", { agentId: "a" });
  expect(lines).toEqual([
    { at: "1970-01-01T00:00:00.000Z", level: "info", event: "agents.created", agentId: "a" },
  ]);
});

test("fields are redacted", () => {
  const { lines, log } = logged();
  log.error("http.failed", { authorization: "Bearer x", error: new Error("Bearer y") });
  expect(JSON.stringify(lines)).not.toMatch(/Bearer [xy]/);
});

test("lines below the level are not written", () => {
  const { lines, log } = logged();
  log.debug("http.answered");
  expect(log.writes("debug")).toBe(false);
  log.setLevel("debug");
  log.debug("http.answered");
  log.setLevel("silent");
  log.error("http.failed");
  expect(lines.map((line) => line.level)).toEqual(["debug"]);
});
