import { describe, expect, it } from "vitest";
import { runtimeEntry } from "./log.ts";

const structured = (message: string): string => JSON.stringify({ timestamp: 1, level: "error", message });

describe("a line of the runtime", () => {
  it("keeps its level where it has one, and what it says", () => {
    expect(runtimeEntry(structured("broken"))).toEqual({
      level: "error",
      source: "worker",
      message: "broken",
    });
    expect(runtimeEntry("plain")).toEqual({ level: "info", source: "worker", message: "plain" });
  });

  it("cannot steer the terminal that shows it", () => {
    const said = "a\u001b]0;title\u0007b\u001b[2Jc\u009b1md\u202ee\n\tf";
    expect(runtimeEntry(structured(said))?.message).toBe("abcde\n\tf");
  });

  it("is left out where it is about what is in order", () => {
    const line =
      "workerd/io/actor-sqlite.c++:987: warning: NOSENTRY SQLite alarm handler canceled with requestedAlarm";
    expect(runtimeEntry(line)).toBeNull();
    expect(runtimeEntry(structured(line))).toBeNull();
  });
});
