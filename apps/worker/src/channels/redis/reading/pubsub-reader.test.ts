import { expect, test } from "vitest";
import { Intake } from "./intake.ts";
import { PubSubReader } from "./pubsub-reader.ts";

/** What was handed over, a list of texts' lengths for each call, when these were published together. */
async function handedOver(texts: readonly string[]): Promise<number[][]> {
  const calls: number[][] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const never = (): never => {
    throw new Error("nothing is signed, put off or lost here");
  };
  const intake = new Intake({
    receiver: () => ({
      receive: (messages) => {
        calls.push(messages.map(({ value }) => JSON.stringify(value).length));
        return Promise.resolve(messages.map(() => ({ outcome: "accepted" })));
      },
    }),
    keyring: never,
    nonces: { seen: never },
    signing: () => "off",
    audience: never,
    now: () => 0,
    passed: () => {},
  });
  let judgedSoFar = 0;
  const reader = new PubSubReader({
    intake,
    isEcho: () => false,
    judged: (judged) => {
      judgedSoFar += judged.length;
      if (judgedSoFar === texts.length) resolve();
    },
    dropped: never,
    lost: never,
    bury: never,
    room: () => Promise.resolve(),
    now: () => 0,
    after: never,
  });
  for (const text of texts) reader.hear({ role: "tasks", channel: "tasks", ownChannel: true, text });
  await all;
  return calls;
}

const messages = (count: number, length: number): string[] =>
  Array.from({ length: count }, () => `{"filler":"${"x".repeat(length - 13)}"}`);

test("what is published together is handed over together, as far as one call carries it", async () => {
  const small = await handedOver(messages(600, 100));
  expect(small.map((call) => call.length)).toEqual([256, 256, 88]);
  const large = await handedOver(messages(31, 1_048_576));
  expect(large.map((call) => call.length)).toEqual([8, 8, 8, 7]);
});
