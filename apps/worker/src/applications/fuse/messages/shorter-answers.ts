/** Ways to say what a task came to, each shorter than the one before: what is too long for a message is not said at all. */
import { echoRoom } from "./build.ts";
import type { Result } from "./build.ts";

export interface AnswerForm {
  readonly result: Result;
  /** Characters of the question's metadata that come back. */
  readonly room: number;
}

/** What is said in place of an answer that no message has room for. */
export const tooLarge = { outcome: "failed", error: "The result is too large for a message." } as const;

/** From the whole answer to one that says that it was too large, for which there is always room. */
export function* answerForms(result: Result): Generator<AnswerForm, void, undefined> {
  yield { result, room: Infinity };
  let alone = result;
  if (result.outcome === "completed" && result.details !== undefined) {
    alone = { outcome: "completed", result: result.result };
    yield { result: alone, room: Infinity };
  }
  yield { result: alone, room: echoRoom };
  yield { result: tooLarge, room: echoRoom };
}
