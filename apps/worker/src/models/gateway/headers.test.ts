/** Many calls of one object at once: as many requests as the platform sends, each with its own time. */
import { describe, expect, test } from "vitest";
import { createGateway } from "../gateway.ts";
import { EmbedBatches } from "../providers/embed-batch.ts";
import { SharedStatistics } from "../routing/isolate.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf, run } from "../testing/steps.ts";

const flush = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));

const wholeAnswer = (): Response =>
  new Response(
    `data: ${JSON.stringify({ choices: [{ delta: { content: "Well." }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`,
    { headers: { "content-type": "text/event-stream" } },
  );

/** A model server that answers when a test says so. */
function slowServer() {
  const waiting: ((response: Response) => void)[] = [];
  const clock = new ManualClock();
  const statistics = new SharedStatistics();
  const gateway = createGateway(
    { MODEL_SERVERS: JSON.stringify({ lab: { baseUrl: "http://lab.example/v1" } }) },
    {
      clock,
      statistics,
      fetch: (_, init) =>
        new Promise((resolve, reject) => {
          waiting.push(resolve);
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason as Error));
        }),
    },
  );
  const answer = async (count: number, response = wholeAnswer): Promise<void> => {
    for (const resolve of waiting.splice(0, count)) resolve(response());
    await flush();
  };
  const ask = (batches: EmbedBatches, more = {}) =>
    run(gateway, requestOf(clock, "lab/m", "How is it?", { batches, ...more }));
  return { clock, statistics, gateway, waiting, answer, ask };
}

describe("calls of one object", () => {
  test("are sent five at a time, and none is taken for slow because it had to wait", async () => {
    const { clock, statistics, waiting, answer, ask } = slowServer();
    const batches = new EmbedBatches(clock);
    const steps = Array.from({ length: 12 }, () => ask(batches));
    await flush();
    expect(waiting).toHaveLength(5);
    for (const left of [5, 5, 2]) {
      // An upstream may take two minutes; the last of these waited for more than four.
      clock.advance(110_000);
      await flush();
      expect(waiting).toHaveLength(left);
      await answer(left);
    }
    const ran = await Promise.all(steps);
    expect(ran.map(({ text }) => text)).toEqual(Array.from({ length: 12 }, () => "Well."));
    expect(statistics.health("lab/m")).toMatchObject({ errorRate: 0, breaker: "closed" });
    expect(statistics.health("lab/m").latencyP95).toBeLessThan(120_000);
    expect(clock.pending).toBe(0);
  });

  test("make room with their headers, and not first with their end", async () => {
    const { clock, waiting, answer, ask } = slowServer();
    const batches = new EmbedBatches(clock);
    const steps = Array.from({ length: 7 }, () => ask(batches));
    await flush();
    const finish: (() => void)[] = [];
    await answer(
      5,
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              finish.push(() => {
                controller.enqueue(
                  new TextEncoder().encode('data: {"choices":[{"finish_reason":"stop"}]}\n\n'),
                );
                controller.close();
              });
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    expect(waiting).toHaveLength(2);
    await answer(2);
    for (const end of finish) end();
    expect((await Promise.all(steps)).every(({ error }) => error === undefined)).toBe(true);
  });

  test("that leave, or fail, make room too", async () => {
    const { clock, waiting, answer, ask } = slowServer();
    const batches = new EmbedBatches(clock);
    const leaver = new AbortController();
    const leaving = Array.from({ length: 6 }, () => ask(batches, { signal: leaver.signal }));
    const staying = Array.from({ length: 5 }, () => ask(batches));
    await flush();
    waiting.length = 0;
    leaver.abort();
    await Promise.all(leaving);
    expect(waiting).toHaveLength(5);
    await answer(5, () => new Response("no", { status: 401 }));
    await Promise.all(staying);
    const next = Array.from({ length: 5 }, () => ask(batches));
    await flush();
    await answer(5);
    expect((await Promise.all(next)).map(({ text }) => text)).toContain("Well.");
  });

  test("do not wait for those of another object", async () => {
    const { clock, waiting, answer, ask } = slowServer();
    const objects = [new EmbedBatches(clock), new EmbedBatches(clock)];
    const steps = objects.flatMap((batches) => Array.from({ length: 6 }, () => ask(batches)));
    await flush();
    expect(waiting).toHaveLength(10);
    await answer(10);
    await answer(2);
    await Promise.all(steps);
  });

  test("embed five batches at a time", async () => {
    const { clock, gateway, waiting, answer } = slowServer();
    const values = Array.from({ length: 7 * 32 }, (_, n) => `text ${n}`);
    const { messages: _, tools: __, ...request } = requestOf(clock, "lab/m", "");
    const batches = new EmbedBatches(clock);
    const made = gateway.embed({ ...request, batches, model: "lab/m", values });
    await flush();
    expect(waiting).toHaveLength(5);
    const embeddings = (): Response => {
      const data = Array.from({ length: 32 }, () => ({ embedding: [1] }));
      return Response.json({ data, usage: { prompt_tokens: 32 } });
    };
    await answer(5, embeddings);
    await answer(2, embeddings);
    expect((await made).embeddings).toHaveLength(values.length);
  });
});
