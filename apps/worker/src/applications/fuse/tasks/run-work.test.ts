import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { runWork } from "./run-work.ts";
import type { StepDoer, StepOutcome } from "./run-work.ts";
import type { StepDone, StepState } from "./step-journal.ts";
import { workOf } from "./work.ts";

const running = { row: { taskId: "t" }, signal: new AbortController().signal, progress: () => {} };

/** A journal as it lies on disk: what is written in it outlives the run. */
function journal() {
  const steps = new Map<number, StepDone | null>();
  return {
    begin(_: string, step: number): StepState {
      const known = steps.get(step);
      if (known === undefined) steps.set(step, null);
      return known === undefined
        ? { state: "new" }
        : known === null
          ? { state: "begun" }
          : { state: "done", ...known };
    },
    end: (_: string, step: number, outcome: StepDone) => void steps.set(step, outcome),
  };
}

const doer = (answer: (what: string) => StepOutcome): StepDoer & { done: string[] } => {
  const done: string[] = [];
  return {
    done,
    turn: async ({ key, prompt }) => {
      done.push(`${key} asks ${prompt}`);
      return answer(prompt);
    },
    tool: async ({ key, name, input, resumed }) => {
      done.push(`${key} ${resumed ? "again " : ""}${name} ${JSON.stringify(input)}`);
      return answer(name);
    },
  };
};

const given = (output: unknown): StepOutcome => ({ output, executionId: "e", costMicros: 2 });

describe("a task's work", () => {
  it("is one turn, under the task's own key", async () => {
    const by = doer(() => given("Done"));
    expect(await runWork(workOf({ message: "Write" }), running, by, journal())).toEqual({
      result: { outcome: "completed", result: "Done" },
      executionId: "e",
      costMicros: 2,
    });
    expect(by.done).toEqual(["t asks Write"]);
  });

  it("is a plan, step by step, of which later ones use what earlier ones gave", async () => {
    const by = doer((what) => given(what === "calculate" ? 4 : what));
    const plan = [{ name: "sum", tool: "calculate", input: "2+2" }, { prompt: "Say {{steps.sum}}" }];
    const { result, costMicros } = await runWork(workOf({ plan }), running, by, journal());
    expect(result).toEqual({
      outcome: "completed",
      result: "Say 4",
      details: { steps: [{ name: "sum", output: 4 }, { output: "Say 4" }] },
    });
    expect(costMicros).toBe(4);
    expect(by.done).toEqual(['t/0 calculate "2+2"', "t/1 asks Say 4"]);
  });

  it("ends with the step that fails, and says which", async () => {
    const by = doer(() => ({ failed: "no such tool", executionId: null }));
    const { result } = await runWork(
      workOf({ plan: [{ tool: "x" }, { prompt: "y" }] }),
      running,
      by,
      journal(),
    );
    expect(result).toEqual({ outcome: "failed", error: "Step 0 of the plan failed: no such tool" });
    expect(by.done).toHaveLength(1);
  });

  it("does no step twice that was done, wherever it is cut off, and says of one that was begun that it was", async () => {
    const plan = [{ tool: "a" }, { tool: "b", input: "{{steps.0}}" }, { tool: "c" }];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { maxLength: 6 }), async (cuts) => {
        const kept = journal();
        const finished: string[] = [];
        const begun = new Set<string>();
        const attempt = (cut: number | null) => {
          const by: StepDoer = {
            turn: () => Promise.reject(new Error("there is none")),
            tool: async ({ name, resumed }) => {
              expect(resumed).toBe(begun.has(name));
              begun.add(name);
              if (cut === plan.findIndex(({ tool }) => tool === name)) throw new Error("the process died");
              finished.push(name);
              return given(name);
            },
          };
          return runWork(workOf({ plan }), running, by, kept);
        };
        for (const cut of cuts) await attempt(cut).catch(() => null);
        const { result } = await attempt(null);
        expect(result).toMatchObject({ outcome: "completed", result: "c" });
        expect(finished).toEqual(["a", "b", "c"]);
      }),
    );
  });
});
