import { GenerateRequest } from "@orrery/protocol";
import { Attachments } from "#lib/conversation/attachments.svelte.ts";
import { numberOf } from "#lib/forms/number-of.ts";
import type { Models } from "@orrery/client";
import { Side, type Question } from "./side.svelte.ts";

export type PromptField = "prompt" | "systemPrompt" | "temperature" | "maxTokens";

const wrong: Record<PromptField, string> = {
  prompt: "Enter a prompt.",
  systemPrompt: "At most 100,000 characters.",
  temperature: "A number from 0 to 2.",
  maxTokens: "A whole number of tokens, from 1 to 1,000,000.",
};

/** One prompt, and the two models that are asked it. */
export class Playground {
  prompt = $state("");
  systemPrompt = $state("");
  temperature = $state("0.7");
  maxTokens = $state("1024");
  readonly images = new Attachments((file) =>
    file.type.startsWith("image/") ? undefined : `${file.name} is not an image.`,
  );
  readonly sides: readonly [Side, Side];
  #checked = $state(false);

  constructor(models: readonly [string, string], client: Pick<Models, "stream">, now: () => number) {
    this.sides = [new Side(models[0], client, now), new Side(models[1], client, now)];
  }

  get answering(): boolean {
    return this.sides.some((side) => side.answering);
  }

  /** Whether either side has anything to show. */
  get asked(): boolean {
    return this.sides.some((side) => side.state !== "idle");
  }

  readonly #wrong = $derived.by(() => {
    const result = GenerateRequest.safeParse({ ...this.#question(), model: "auto" });
    const fields = new Set(result.error?.issues.map(({ path }) => String(path[0])));
    const problems: Partial<Record<PromptField, string>> = {};
    if (fields.has("input") || this.prompt.trim() === "") problems.prompt = wrong.prompt;
    for (const field of ["systemPrompt", "temperature", "maxTokens"] as const) {
      if (fields.has(field)) problems[field] = wrong[field];
    }
    return problems;
  });

  /** What is wrong with which field, once one has tried to ask. */
  readonly problems: Partial<Record<PromptField, string>> = $derived.by(() =>
    this.#checked ? this.#wrong : {},
  );

  /** Asks both sides at once. Returns the first field that is wrong, where nothing was asked. */
  ask(): PromptField | undefined {
    this.#checked = true;
    const [first] = Object.keys(this.#wrong) as PromptField[];
    if (first !== undefined || this.images.reading) return first;
    const question = this.#question();
    for (const side of this.sides) void side.ask(question);
    return undefined;
  }

  stop(): void {
    for (const side of this.sides) side.stop();
  }

  #question(): Question {
    const systemPrompt = this.systemPrompt.trim();
    const images = this.images.ready;
    return {
      input:
        images.length === 0
          ? this.prompt
          : [
              ...images.map(({ name, mediaType, data }) => ({
                type: "file" as const,
                mediaType,
                filename: name,
                url: `data:${mediaType};base64,${data}`,
              })),
              { type: "text" as const, text: this.prompt },
            ],
      ...(systemPrompt && { systemPrompt }),
      temperature: numberOf(this.temperature),
      maxTokens: numberOf(this.maxTokens),
    };
  }
}
