import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelError, type Provider, type ProviderEmbedRequest } from "../contract.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { EmbedBatches } from "./embed-batch.ts";

interface Asked {
  request: ProviderEmbedRequest;
  answer(): void;
  fail(error: unknown): void;
}

/** A provider whose calls are answered when the test says so. A text's embedding is its length. */
function embedder(embedBatch?: number, gatewayCached?: (call: number) => boolean) {
  const asked: Asked[] = [];
  const provider: Provider = {
    name: "lab",
    extractive: false,
    unavailable: () => null,
    async *stream() {},
    ...(embedBatch !== undefined && { embedBatch }),
    embed: (request) =>
      new Promise((resolve, reject) => {
        request.signal.addEventListener("abort", () => reject(request.signal.reason));
        const number = asked.length + 1;
        asked.push({
          request,
          answer: () =>
            resolve({
              embeddings: request.values.map((text) => [text.length]),
              inputTokens: request.values.join("").length,
              gatewayLogId: `log-${number}`,
              ...(gatewayCached && { gatewayCached: gatewayCached(number) }),
            }),
          fail: reject,
        });
      }),
  };
  // Nothing passes by itself: the window ends when the test says so.
  const clock = new ManualClock(0);
  return { provider, asked, clock, batches: new EmbedBatches(clock) };
}

const call = (values: string[], signal = new AbortController().signal, model = "m") => ({
  model,
  values,
  signal,
});

describe("EmbedBatches", () => {
  it("makes one call of those that come within five milliseconds, and gives each its own", async () => {
    const { provider, asked, clock, batches } = embedder();
    const first = batches.embed(provider, call(["a", "bb"]));
    clock.advance(4);
    const second = batches.embed(provider, call(["ccc"]));
    expect(asked).toHaveLength(0);
    clock.advance(1);
    expect(asked.map(({ request }) => request.values)).toEqual([["a", "bb", "ccc"]]);
    asked[0]?.answer();
    expect(await first).toEqual({ embeddings: [[1], [2]], inputTokens: 3, gatewayLogId: "log-1" });
    expect(await second).toEqual({ embeddings: [[3]], inputTokens: 3, gatewayLogId: "log-1" });
    expect(clock.pending).toBe(0);
  });

  it("sends as soon as a call is full, and spreads a larger one over several", async () => {
    const { provider, asked, clock, batches } = embedder(3);
    const many = batches.embed(provider, call(["a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg"]));
    expect(asked.map(({ request }) => request.values.length)).toEqual([3, 3]);
    clock.advance(5);
    expect(asked).toHaveLength(3);
    // In whatever order they are answered.
    for (const one of asked.toReversed()) one.answer();
    expect((await many).embeddings).toEqual([[1], [2], [3], [4], [5], [6], [7]]);
    expect((await many).inputTokens).toBe(28);
  });

  it.each<[string, (call: number) => boolean, boolean]>([
    ["none", () => false, false],
    ["the first", (call) => call === 1, false],
    ["the last", (call) => call === 2, false],
    ["each", () => true, true],
  ])("says of a call in parts that it was cached where all of it was: %s", async (_, cached, whole) => {
    const { provider, asked, clock, batches } = embedder(2, cached);
    const many = batches.embed(provider, call(["a", "b", "c"]));
    clock.advance(5);
    for (const one of asked) one.answer();
    expect(await many).toMatchObject({ gatewayLogId: "log-1", gatewayCached: whole });
  });

  it("keeps models and providers apart", () => {
    const { provider, asked, clock, batches } = embedder();
    const other = { ...provider, name: "other" };
    void batches.embed(provider, call(["a"], undefined, "m"));
    void batches.embed(provider, call(["a"], undefined, "n"));
    void batches.embed(other, call(["a"], undefined, "m"));
    clock.advance(5);
    expect(asked).toHaveLength(3);
  });

  it("fails all who were in a call that failed, with the same error", async () => {
    const { provider, asked, clock, batches } = embedder();
    const calls = [call(["a"]), call(["b"])].map((request) => batches.embed(provider, request));
    clock.advance(5);
    const error = new ModelError("rate_limited", "slow down", { retryable: true });
    asked[0]?.fail(error);
    for (const result of calls) await expect(result).rejects.toBe(error);
  });

  it("takes back what still waits of a call that failed in part", async () => {
    const { provider, asked, clock, batches } = embedder(2);
    const result = batches.embed(provider, call(["a", "b", "c"]));
    const error = new Error("no");
    asked[0]?.fail(error);
    await expect(result).rejects.toBe(error);
    clock.advance(5);
    expect(asked).toHaveLength(1);
  });

  it("leaves the others alone when one leaves, before or after it was sent", async () => {
    const { provider, asked, clock, batches } = embedder();
    const [early, late] = [new AbortController(), new AbortController()];
    const leaving = batches.embed(provider, call(["a"], early.signal));
    const gone = batches.embed(provider, call(["bb"], late.signal));
    const stays = batches.embed(provider, call(["ccc"]));
    early.abort(new Error("left"));
    await expect(leaving).rejects.toThrow("left");
    clock.advance(5);
    expect(asked[0]?.request.values).toEqual(["bb", "ccc"]);
    late.abort(new Error("gone"));
    await expect(gone).rejects.toThrow("gone");
    expect(asked[0]?.request.signal.aborted).toBe(false);
    asked[0]?.answer();
    expect((await stays).embeddings).toEqual([[3]]);
  });

  it("aborts a call that nobody waits for any more", async () => {
    const { provider, asked, clock, batches } = embedder();
    const both = [new AbortController(), new AbortController()];
    const results = both.map(({ signal }) => batches.embed(provider, call(["a"], signal)));
    clock.advance(5);
    for (const one of both) one.abort(new Error("gone"));
    for (const result of results) await expect(result).rejects.toThrow("gone");
    expect(asked[0]?.request.signal.aborted).toBe(true);
  });

  it("needs no provider for nothing, and none that has no embeddings", async () => {
    const { provider, asked, batches } = embedder();
    const without: Provider = {
      name: "mute",
      extractive: false,
      unavailable: () => null,
      stream: (request) => provider.stream(request),
    };
    expect(await batches.embed(provider, call([]))).toEqual({ embeddings: [], inputTokens: 0 });
    await expect(batches.embed(without, call(["a"]))).rejects.toMatchObject({ code: "invalid_request" });
    const reason = new Error("too late");
    await expect(batches.embed(provider, call(["a"], AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(asked).toHaveLength(0);
  });

  it("gives everyone exactly what was theirs, whatever comes with whatever", async () => {
    const texts = fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(texts, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        async (all, size) => {
          const { provider, asked, clock, batches } = embedder(size);
          const results = all.map((values) => batches.embed(provider, call(values)));
          clock.advance(5);
          // Some are asked only when others are answered.
          for (let at = 0; at < asked.length; at++) {
            asked[at]?.answer();
            await new Promise(setImmediate);
          }
          const answers = await Promise.all(results);
          expect(answers.map(({ embeddings }) => embeddings)).toEqual(
            all.map((values) => values.map((text) => [text.length])),
          );
          const tokens = answers.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
          expect(tokens).toBe(all.flat().join("").length);
          expect(asked.every(({ request }) => request.values.length <= size)).toBe(true);
        },
      ),
    );
  });
});
