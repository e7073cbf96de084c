import { expect, it, vi } from "vitest";
import { AgentUpkeep, type UpkeepParts } from "./agent-upkeep.ts";

/** The upkeep of an agent that has something to tell the index, and what is done to its wake-up call. */
function behind() {
  const records = { exists: true, removing: false, known: {}, saveNoted: () => undefined };
  const index = {
    behind: true,
    flush: () => {
      index.behind = false;
      return Promise.resolve();
    },
  };
  const done = vi.fn<() => Promise<void>>().mockResolvedValue();
  const upkeep = new AgentUpkeep({
    records,
    index,
    turns: { busy: false },
    documents: { behind: false, sweep: () => Promise.resolve() },
    wakeUp: { done },
  } as unknown as UpkeepParts);
  return { upkeep, records, index, done };
}

it("the wake-up call is taken back once nothing is left to do", async () => {
  const { upkeep, done } = behind();
  await upkeep.continueWork();
  expect(done).toHaveBeenCalledOnce();
});

it("the wake-up call is left to a removal that begins while it is answered", async () => {
  const { upkeep, records, index, done } = behind();
  const flush = index.flush;
  index.flush = () => {
    records.removing = true;
    return flush();
  };
  await upkeep.continueWork();
  expect(done).not.toHaveBeenCalled();
});
