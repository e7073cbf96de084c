import { ConnectionError, type Models } from "@orrery/client";
import type { GenerateChunk, GenerateMetadata, ModelCall, RouteDecision } from "@orrery/protocol";
import { render } from "svelte/server";
import { describe, expect, test } from "vitest";
import SideAnswer from "./side-answer.svelte";
import { Side } from "./side.svelte.ts";

const metadata: GenerateMetadata = {
  model: "offline/extract",
  usage: { inputTokens: 4, outputTokens: 30, costMicros: 12, cached: false },
};

const answer = (text: string, ending: GenerateChunk[]): GenerateChunk[] => [
  { type: "start", messageId: "m", messageMetadata: {} },
  { type: "text-start", id: "t" },
  { type: "text-delta", id: "t", delta: text },
  ...ending,
];

const finish: GenerateChunk = { type: "finish", finishReason: "stop", messageMetadata: metadata };

/** A model that gives these chunks, each 100 ms after the one before it, and then does as it is told. */
function scripted(chunks: GenerateChunk[], then: (signal: AbortSignal) => Promise<void> = async () => {}) {
  const clock = { now: 0 };
  const asked: unknown[] = [];
  const models: Pick<Models, "stream"> = {
    async *stream(request, options) {
      asked.push(request);
      for (const chunk of chunks) {
        clock.now += 100;
        yield chunk;
      }
      await then(options?.signal ?? new AbortController().signal);
    },
  };
  return { models, now: () => clock.now, asked };
}

/** What a visitor reads of a side. */
const shown = (side: Side): string =>
  render(SideAnswer, { props: { side, place: "Left" } })
    .body.replaceAll(/<!--.*?-->|<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ");

const question = { input: "Hello", temperature: 0.7, maxTokens: 100 };

describe("a side of the playground", () => {
  test("shows an answer with its times and what it used", async () => {
    const { models, now, asked } = scripted(answer("Hi.", [finish]));
    const side = new Side("auto:cheap", models, now);
    await side.ask(question);
    expect(asked).toEqual([{ ...question, model: "auto:cheap" }]);
    expect(side.state).toBe("finished");
    expect(side.text).toBe("Hi.");
    expect([side.firstTokenMs, side.totalMs]).toEqual([300, 400]);
    expect(side.tokensPerSecond).toBe(300);
    expect(side.metadata).toEqual(metadata);
  });

  test("keeps what came when it is stopped", async () => {
    const begun = Promise.withResolvers<void>();
    const { models, now } = scripted(answer("So far", []), (signal) => {
      begun.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    });
    const side = new Side("auto", models, now);
    const asked = side.ask(question);
    await begun.promise;
    side.stop();
    await asked;
    expect(side.state).toBe("stopped");
    expect(side.text).toBe("So far");
    expect(side.error).toBeUndefined();
  });

  test("keeps what came when it fails, and says why", async () => {
    const lost = scripted(answer("So far", []), () =>
      Promise.reject(new ConnectionError("interrupted", "The answer broke off.")),
    );
    const side = new Side("auto", lost.models, lost.now);
    await side.ask(question);
    expect(side.state).toBe("failed");
    expect(side.text).toBe("So far");
    expect(side.error).toMatchObject({ reason: "interrupted" });

    const failed = scripted(answer("So far", [{ type: "error", errorText: "The provider failed." }]));
    const other = new Side("auto", failed.models, failed.now);
    await other.ask(question);
    expect(other.state).toBe("failed");
    expect(other.error).toMatchObject({ message: "The provider failed." });
  });

  test("says why its model was chosen after it failed or was stopped, too", async () => {
    const route: RouteDecision = {
      requested: "auto:cheap",
      chosen: "scripted/parrot",
      why: "routed",
      candidates: [{ model: "scripted/parrot", score: 0.1 }],
      excluded: {},
      at: "2026-11-20T12:00:00.000Z",
    };
    const call: ModelCall = {
      id: "c",
      model: "scripted/parrot",
      provider: "scripted",
      kind: "text",
      outcome: "failed",
      inputTokens: 7,
      outputTokens: 2,
      costMicros: 3,
      startedAt: "2026-11-20T12:00:00.000Z",
      latencyMs: 5,
    };
    const chunks = answer("So far", [{ type: "message-metadata", messageMetadata: { route } }]);

    const failed = scripted([
      ...chunks,
      { type: "message-metadata", messageMetadata: { calls: [call] } },
      { type: "error", errorText: "The provider failed." },
    ]);
    const side = new Side("auto:cheap", failed.models, failed.now);
    await side.ask(question);
    expect([side.state, side.answeredBy]).toEqual(["failed", "scripted/parrot"]);
    expect(shown(side)).toMatch(/So far.*The provider failed\..*Why this model.*The only candidate left\./);
    expect(side.metadata.route).toEqual(route);
    expect(side.usage).toEqual({ inputTokens: 7, outputTokens: 2, costMicros: 3, cached: false });

    const begun = Promise.withResolvers<void>();
    const endless = scripted(chunks, (signal) => {
      begun.resolve();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    });
    const other = new Side("auto:cheap", endless.models, endless.now);
    const asked = other.ask(question);
    await begun.promise;
    other.stop();
    await asked;
    expect([other.state, other.answeredBy]).toEqual(["stopped", "scripted/parrot"]);
    expect(shown(other)).toMatch(/So far.*Stopped.*Why this model.*The only candidate left\./);
    expect(other.metadata.route).toEqual(route);
    expect(other.usage).toBeUndefined();
  });

  test("asked anew, shows nothing of the answer before", async () => {
    const { models, now } = scripted(answer("Once.", [finish]));
    const side = new Side("auto", models, now);
    const first = side.ask(question);
    await side.ask(question);
    await first;
    expect(side.text).toBe("Once.");
    expect(side.state).toBe("finished");
  });
});
