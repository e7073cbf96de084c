/** Does what a task asks for, step by step; steps that were done before a crash are not done again. */
import type { StepDone, StepJournal } from "./step-journal.ts";
import type { Ran, Running } from "./task-pool.ts";
import { filledIn } from "./work.ts";
import type { Step, StepOutput, Work } from "./work.ts";

/** What became of a step; `failed` is in words that whoever asked may read. */
export type StepOutcome = StepDone | { readonly failed: string; readonly executionId: string | null };

/** Who does the steps. */
export interface StepDoer {
  /** A turn of the model. The same key never asks the model twice. Rejects only when `signal` was aborted. */
  turn(order: { key: string; prompt: string; signal: AbortSignal }): Promise<StepOutcome>;
  /** A tool of the agent; `resumed` says that it may have run before. Rejects only when `signal` was aborted. */
  tool(call: {
    key: string;
    name: string;
    input: unknown;
    resumed: boolean;
    signal: AbortSignal;
  }): Promise<StepOutcome>;
}

/** @throws UnclearTask where a step uses what there is not */
export async function runWork(
  work: Work,
  { row, signal, progress }: Pick<Running, "progress" | "signal"> & { row: { taskId: string } },
  doer: StepDoer,
  journal: Pick<StepJournal, "begin" | "end">,
): Promise<Ran> {
  const outputs: StepOutput[] = [];
  let executionId: string | null = null;
  let costMicros = 0;
  for (const [index, step] of work.steps.entries()) {
    if (work.planned) progress({ done: index, of: work.steps.length });
    const outcome = await runStep(work, index, filledIn(step, outputs));
    executionId = outcome.executionId ?? executionId;
    if ("failed" in outcome) {
      const where = work.planned ? `Step ${index} of the plan failed: ` : "";
      return { result: { outcome: "failed", error: where + outcome.failed }, executionId, costMicros };
    }
    costMicros += outcome.costMicros;
    outputs.push({ name: step.name, output: outcome.output });
  }
  return {
    result: {
      outcome: "completed",
      result: outputs.at(-1)?.output ?? null,
      ...(work.planned && { details: { steps: outputs.map(named) } }),
    },
    executionId,
    costMicros,
  };

  async function runStep({ planned, steps }: Work, index: number, step: Step): Promise<StepOutcome> {
    // The agent itself remembers a turn by its key; what else is done is written down before and after.
    const journaled = planned || step.do === "tool";
    const known = journaled ? journal.begin(row.taskId, index) : ({ state: "new" } as const);
    if (known.state === "done") return known;
    const key = steps.length === 1 ? row.taskId : `${row.taskId}/${index}`;
    const outcome =
      step.do === "prompt"
        ? await doer.turn({ key, prompt: step.prompt, signal })
        : await doer.tool({
            key,
            name: step.tool,
            input: step.input,
            resumed: known.state === "begun",
            signal,
          });
    if (journaled && !("failed" in outcome)) journal.end(row.taskId, index, outcome);
    return outcome;
  }
}

const named = ({ name, output }: StepOutput): { name?: string; output: unknown } =>
  name === null ? { output } : { name, output };
