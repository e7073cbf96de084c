import type { Models } from "@orrery/client";
import type { GenerateRequest } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { Playground } from "./playground.svelte.ts";

function playground() {
  const asked: GenerateRequest[] = [];
  const models: Pick<Models, "stream"> = {
    async *stream(request) {
      asked.push(request);
      yield { type: "start", messageId: "m", messageMetadata: {} };
      yield { type: "finish", finishReason: "stop", messageMetadata: {} };
    },
  };
  return { play: new Playground(["auto", "auto:cheap"], models, () => 0), asked };
}

describe("the playground", () => {
  test("asks both models the same", () => {
    const { play, asked } = playground();
    play.prompt = "Why?";
    play.systemPrompt = " ";
    expect(play.ask()).toBeUndefined();
    const same = { input: "Why?", temperature: 0.7, maxTokens: 1024 };
    expect(asked).toEqual([
      { ...same, model: "auto" },
      { ...same, model: "auto:cheap" },
    ]);
    expect(play.answering).toBe(true);
  });

  test("asks nothing while a field is wrong, and says which from then on", () => {
    const { play, asked } = playground();
    expect(play.problems).toEqual({});
    play.temperature = "hot";
    expect(play.ask()).toBe("prompt");
    expect(Object.keys(play.problems)).toEqual(["prompt", "temperature"]);
    play.prompt = "Why?";
    expect(play.ask()).toBe("temperature");
    play.temperature = "0";
    expect(play.problems).toEqual({});
    expect(asked).toEqual([]);
  });

  test("takes images alone", () => {
    const { play } = playground();
    play.images.add([new File(["x"], "notes.txt", { type: "text/plain" })]);
    expect(play.images.items).toEqual([]);
    expect(play.images.problem).toBe("notes.txt is not an image.");
  });
});
