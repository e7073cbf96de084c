/** The load client: a process of its own, so that what it costs is not taken from the bench's clock or its subjects. */
import { setTimeout as pause } from "node:timers/promises";
import { aiChatAgent } from "./src/drivers/ai-chat-agent.ts";
import { bare } from "./src/drivers/bare.ts";
import type { Conversation, Driver, Subject, TurnTimes } from "./src/drivers/contract.ts";
import { direct } from "./src/drivers/direct.ts";
import { postForEvents } from "./src/drivers/event-reader.ts";
import { orrery } from "./src/drivers/orrery.ts";
import type { ArriveLoad, CloseLoad, Load, LoadAnswer, LoadResult, OpenLoad, SpeakLoad } from "./src/load.ts";

const drivers: Record<Subject, Driver> = { direct, orrery, bare, "ai-chat-agent": aiChatAgent };
const conversations = new Map<string, Conversation[]>();
let said = 0;

/** A sentence of about twelve words, never the same twice. */
const nextInput = (): string =>
  `Question ${++said}: what would you tell a newcomer about clockwork that moves many bodies together?`;

/** Runs `work` on every item, `concurrency` at once. */
async function each<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function timed(work: (turns: TurnTimes[]) => Promise<void>): Promise<LoadResult> {
  const turns: TurnTimes[] = [];
  const startedAt = performance.now();
  await work(turns);
  return { wallMs: performance.now() - startedAt, turns };
}

function open(load: OpenLoad): Promise<LoadResult> {
  const opened: Conversation[] = [];
  conversations.set(load.key, opened);
  const driver = drivers[load.subject];
  return timed((turns) =>
    each(Array.from({ length: load.agents }), load.concurrency, async () => {
      const conversation = await driver.open(load.address, load.model, load.tokens);
      if (load.firstTurn) turns.push(await conversation.turn(nextInput()));
      if (load.leave) conversation.close();
      else opened.push(conversation);
    }),
  );
}

function speak({ key, turns: count, concurrency }: SpeakLoad): Promise<LoadResult> {
  return timed((turns) =>
    each(conversations.get(key) ?? [], concurrency, async (conversation) => {
      for (let n = 0; n < count; n++) turns.push(await conversation.turn(nextInput()));
    }),
  );
}

function close({ key }: CloseLoad): Promise<LoadResult> {
  for (const conversation of conversations.get(key) ?? []) conversation.close();
  conversations.delete(key);
  return Promise.resolve({ wallMs: 0, turns: [] });
}

function arrive({ url, body, expected, arrivals }: ArriveLoad): Promise<LoadResult> {
  return timed(async (turns) => {
    const startedAt = performance.now();
    await Promise.all(
      arrivals.map(async (arrival) => {
        await pause(arrival);
        // A timer may ring a fraction of a millisecond early.
        const dueAt = Math.min(startedAt + arrival, performance.now());
        let answer = "";
        await postForEvents({ url, body }, (data) => {
          answer += data;
        });
        if (answer !== expected) throw new Error(`${url} answered ${answer} instead of ${expected}`);
        const totalMs = performance.now() - dueAt;
        turns.push({ firstTokenMs: totalMs, totalMs });
      }),
    );
  });
}

function perform(load: Load): Promise<LoadResult> {
  switch (load.do) {
    case "open":
      return open(load);
    case "speak":
      return speak(load);
    case "close":
      return close(load);
    case "arrive":
      return arrive(load);
  }
}

const answer = (message: LoadAnswer): void => {
  process.send?.(message);
};

process.on("message", ({ id, load }: { id: number; load: Load }) => {
  perform(load).then(
    (result) => answer({ id, result }),
    (error: unknown) => answer({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.once("disconnect", () => process.exit(0));
