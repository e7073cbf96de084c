/** Embeddings. Source: https://developers.cloudflare.com/workers-ai/models/bge-base-en-v1.5/ */
import * as z from "zod/mini";
import type { AISettings } from "../options.ts";
import type { Answer } from "./answer.ts";
import { AIError } from "./errors.ts";
import { parseInputs } from "./inputs.ts";
import { chooseServer } from "./models/choose-server.ts";
import type { Choice } from "./models/choose-server.ts";
import type { Model } from "./models/model.ts";
import { cosine, embed } from "./offline/embed.ts";
import { estimateTokens, usageOf } from "./text/events.ts";
import { callServer } from "./text/server.ts";

const one = z.string().check(z.minLength(1));
const Texts = z.union([one, z.array(one).check(z.minLength(1), z.maxLength(100))]);
const Pooling = z.optional(z.enum(["mean", "cls"]));

const TextInput = z.object({ text: Texts, pooling: Pooling });
/** bge-m3 compares a query with contexts, or gives the contexts' vectors where there is no query. */
const ContextsInput = z.object({
  query: z.optional(z.nullable(one)),
  contexts: z.array(z.object({ text: z.optional(z.string()) })).check(z.minLength(1), z.maxLength(100)),
  pooling: Pooling,
});
/** qwen3-embedding tells queries from documents. */
const QueriesInput = z.object({ queries: z.optional(Texts), documents: z.optional(Texts), pooling: Pooling });

const listOf = (texts: string | readonly string[]): readonly string[] =>
  typeof texts === "string" ? [texts] : texts;

const Embeddings = z.object({
  data: z.array(z.object({ index: z.optional(z.number()), embedding: z.array(z.number()) })),
});

async function vectorsOf(
  texts: readonly string[],
  model: Model,
  choice: Choice | null,
  settings: AISettings,
  signal: AbortSignal,
): Promise<number[][]> {
  if (choice === null) {
    if (settings.offline) return texts.map((text) => embed(text, model.dimensions));
    throw new AIError(
      5007,
      `No such model ${model.name} or task: no model on this machine does ${model.task}`,
    );
  }
  const response = await callServer(choice, "/embeddings", { model: choice.id, input: texts }, signal);
  const answer = Embeddings.safeParse(await response.json());
  if (!answer.success || answer.data.data.length !== texts.length) {
    throw new AIError(3043, `Internal server error: ${choice.server.name} does not speak the protocol`);
  }
  return answer.data.data
    .toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0))
    .map(({ embedding }) => embedding);
}

export async function runEmbedding(
  model: Model,
  inputs: unknown,
  settings: AISettings,
  signal: AbortSignal,
): Promise<Answer> {
  const choice = chooseServer(model, settings);
  const servedBy = choice === null ? "offline" : `${choice.server.name}/${choice.id}`;
  const marks = { served_by: servedBy, ...(choice === null && { offline: true }) };
  const vectors = (texts: readonly string[]): Promise<number[][]> =>
    vectorsOf(texts, model, choice, settings, signal);
  const shapeOf = (data: readonly number[][]): number[] => [data.length, data[0]?.length ?? model.dimensions];

  if (has(inputs, "contexts")) {
    const { query, contexts, pooling = "cls" } = parseInputs(ContextsInput, inputs);
    const texts = contexts.map(({ text }) => text ?? "");
    if (query === null || query === undefined) {
      const data = await vectors(texts);
      return { body: { response: data, shape: shapeOf(data), pooling, ...marks }, servedBy };
    }
    const [asked = [], ...held] = await vectors([query, ...texts]);
    const response = held.map((vector, id) => ({ id, score: Math.max(0, cosine(asked, vector)) }));
    return { body: { response: response.toSorted((a, b) => b.score - a.score), ...marks }, servedBy };
  }
  const { texts, pooling } = textsOf(inputs);
  const data = await vectors(texts);
  const tokens = texts.reduce((sum, text) => sum + estimateTokens(text), 0);
  return {
    body: { shape: shapeOf(data), data, pooling, usage: usageOf(tokens, 0), ...marks },
    servedBy,
  };
}

const has = (inputs: unknown, name: string): boolean =>
  typeof inputs === "object" && inputs !== null && name in inputs;

function textsOf(inputs: unknown): { texts: readonly string[]; pooling: "mean" | "cls" } {
  if (!has(inputs, "text") && (has(inputs, "queries") || has(inputs, "documents"))) {
    const { queries, documents, pooling = "mean" } = parseInputs(QueriesInput, inputs);
    return { texts: [...listOf(queries ?? []), ...listOf(documents ?? [])], pooling };
  }
  const { text, pooling = "mean" } = parseInputs(TextInput, inputs);
  return { texts: listOf(text), pooling };
}
