import { FilterClass } from "@orrery/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { setLogLevel } from "../../observability/index.ts";
import { redact } from "../../observability/redact.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf } from "../testing/steps.ts";
import { createInputCheck } from "./input-check.ts";
import { known } from "./secrets/known.ts";
import { privateKey } from "./secrets/private-key.ts";
import { corpusOf } from "./testing/corpus.ts";
import { filtered } from "./testing/measure.ts";

afterEach(() => {
  vi.restoreAllMocks();
  setLogLevel("info");
});

/** Everything that reaches the console while `action` runs, at the most talkative level. */
async function logged(action: () => Promise<void>): Promise<string> {
  const lines: unknown[] = [];
  for (const level of ["debug", "info", "log", "warn", "error", "trace"] as const) {
    vi.spyOn(console, level).mockImplementation((...line: unknown[]) => void lines.push(...line));
  }
  setLogLevel("debug");
  await action();
  return lines.map(String).join("\n");
}

describe("logs", () => {
  it("never hold what is filtered, flagged, redacted or blocked", async () => {
    const lines = await logged(async () => {
      for (const name of FilterClass.options) {
        for (const action of ["flag", "redact", "block"] as const) {
          for (const { text } of corpusOf(name)) filtered({ [name]: action }, [text]);
        }
      }
    });
    expect(lines).toBe("");
  });

  it("never hold what was asked, whether it is refused, allowed, or nobody can say", async () => {
    const clock = new ManualClock(0);
    const canary = "correct-horse-battery";
    const request = requestOf(clock, "m", `${canary} ann@example.com`);
    const answers: (() => Promise<Response>)[] = [
      async () => Response.json({ allowed: false, reason: `it says ${canary}` }),
      async () => Response.json({ allowed: true }),
      async () => new Response(canary, { status: 500 }),
      async () => new Response(canary),
      async () => {
        throw new TypeError(`fetch failed: ${canary}`);
      },
    ];
    const lines = await logged(async () => {
      for (const fetch of answers) {
        for (const INPUT_CHECK_ON_FAILURE of ["refuse", "allow"]) {
          const env = { INPUT_CHECK_URL: "https://check.example", INPUT_CHECK_ON_FAILURE };
          await Promise.resolve(createInputCheck(env, { fetch, clock })(request)).catch(() => undefined);
        }
      }
    });
    expect(lines).toContain("models.input-check-failed");
    expect(lines).not.toContain(canary);
    expect(lines).not.toContain("ann@example.com");
  });

  it("lose every key that the filter knows by its form, wherever one slips into them", () => {
    let checked = 0;
    for (const { text } of corpusOf("secret")) {
      for (let at = 0; at < text.length; at += 1) {
        const found = /^\w/.test(text[at - 1] ?? "")
          ? null
          : (known.at(text, at, true) ?? privateKey.at(text, at, true));
        if (found === null || found === "wait") continue;
        const key = text.slice(found.start, found.end);
        expect(redact(`upstream said ${key} is wrong`)).not.toContain(key);
        at = found.end;
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThan(50);
  });
});
