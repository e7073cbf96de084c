import { expect, it } from "vitest";
import { AgentSessions, type SessionParts } from "./agent-sessions.ts";

it("whatever is removed of a session is written together with the wake-up call that goes on with it", async () => {
  const written: string[] = [];
  const note = (what: string) => (): void => void written.push(what);
  /** Time enough for a call that was set before to come, find nothing to do, and be taken back. */
  const meanwhile = (what: string) => async (): Promise<void> => {
    await Promise.resolve();
    written.push(what);
  };
  let pieces = 2;
  const sessions = new AgentSessions({
    records: { known: { workspaceId: "w", settings: { id: "a" } } },
    store: {
      session: () => (pieces > 0 ? {} : null),
      deleteNewest: () => {
        pieces -= 1;
        return [];
      },
    },
    turns: { close: () => Promise.resolve(() => undefined) },
    documents: {
      removeSession: () => {
        written.push("documents removed");
        return Promise.resolve();
      },
    },
    conversations: { forget: () => undefined },
    index: {
      book: meanwhile("booked"),
      removed: note("executions removed"),
      flushOrFail: meanwhile("flushed"),
      schedule: () => undefined,
    },
    wakeUp: {
      soon: () => {
        written.push("call set");
        return Promise.resolve();
      },
    },
    forgetAnswers: meanwhile("answers forgotten"),
  } as unknown as SessionParts);
  await sessions.remove("s");
  expect(written.filter((what, at) => what === "call set" || written[at - 1] === "call set")).toEqual([
    "call set",
    "documents removed",
    "call set",
    "executions removed",
    "call set",
    "executions removed",
  ]);
  expect(written.filter((what) => what.endsWith("removed"))).toHaveLength(3);
});
