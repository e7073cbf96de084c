/** A streamed answer and its reader: the books are closed whoever leaves. */
import { describe, expect, test } from "vitest";
import { createGateway } from "../gateway.ts";
import { bounded, inProcessAccount, totalOf } from "../gateway/testing/in-process-account.ts";
import { ScriptedProvider, priced, type Script } from "../gateway/testing/scripted.ts";
import { SharedStatistics } from "../routing/isolate.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf } from "../testing/steps.ts";
import { generateStream } from "./generate-stream.ts";

async function asked(script: Script) {
  const clock = new ManualClock();
  const { account, books } = inProcessAccount(clock);
  await bounded(books, clock, 1_000_000);
  const one = new ScriptedProvider("one", [script], script);
  const gateway = createGateway(
    { MODEL_CATALOG: priced(["one/m"]) },
    { clock, providers: [one], account, statistics: new SharedStatistics(), random: () => 1 },
  );
  const caller = new AbortController();
  const { body, over } = generateStream(
    (signal) => gateway.step(requestOf(clock, "one/m", "How is it?", { signal })),
    "message",
    caller.signal,
  );
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  /** Reads until something was said that matches. */
  const readUntil = async (said: RegExp): Promise<string> => {
    let text = "";
    while (!said.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the stream ended after: ${text}`);
      text += value;
    }
    return text;
  };
  return { clock, books, one, caller, over, reader, readUntil };
}

const silent: Script = { says: ["All ", "is "], ends: "silent" };

describe("a reader who leaves", () => {
  test.each([
    ["by cancelling the stream", ({ reader }: Awaited<ReturnType<typeof asked>>) => void reader.cancel()],
    ["by breaking off its request", ({ caller }: Awaited<ReturnType<typeof asked>>) => caller.abort()],
  ])("%s ends a model that is silent, and pays for what was asked", async (_, leave) => {
    const stream = await asked(silent);
    await stream.readUntil(/"delta":"is "/);
    leave(stream);
    await stream.over;
    expect(stream.one.running).toBe(0);
    expect(stream.one.asked.map(({ signal }) => signal.aborted)).toEqual([true]);
    const { books, clock } = stream;
    const { calls, costMicros } = totalOf(books);
    expect(calls).toBe(1);
    expect(costMicros).toBeGreaterThan(0);
    expect(books.budgets()).toMatchObject([{ spentMicros: costMicros, heldMicros: 0 }]);
    expect(clock.pending).toBe(0);
  });

  test("before anything was asked pays for nothing", async () => {
    const { books, caller, one, over } = await asked(silent);
    caller.abort();
    await over;
    expect(one.running).toBe(0);
    expect(totalOf(books).calls).toBe(one.asked.length);
  });
});

test("an answer that is read to its end is over with its last frame", async () => {
  const { books, over, readUntil } = await asked({ says: ["All is well."], ends: "finish" });
  expect(await readUntil(/\[DONE\]/)).toContain('"finishReason":"stop"');
  await over;
  expect(totalOf(books).calls).toBe(1);
});

test("a model's failure is a frame, and the stream ends", async () => {
  const { over, readUntil } = await asked({ says: [], ends: "refuse" });
  expect(await readUntil(/\[DONE\]/)).toContain('"errorText":"the key was refused"');
  await over;
});
