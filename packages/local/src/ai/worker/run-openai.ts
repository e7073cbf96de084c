/** Workers AI in OpenAI's forms. Source: https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/ */
import * as z from "zod/mini";
import type { AISettings } from "../options.ts";
import type { Answer } from "./answer.ts";
import { AIError } from "./errors.ts";
import { parseInputs } from "./inputs.ts";
import { modelOf } from "./run.ts";
import { runEmbedding } from "./run-embedding.ts";
import { runText } from "./text/run-text.ts";

const Named = z.looseObject({ model: z.string().check(z.minLength(1)) });

/** Every text model answers with chat completions there, whatever `run` gives for it. */
export function runOpenAIChat(
  fields: Record<string, unknown>,
  settings: AISettings,
  signal: AbortSignal,
): Promise<Answer> {
  const { model: name, ...inputs } = parseInputs(Named, fields);
  const model = modelOf(name, settings);
  if (model.task !== "Text Generation") throw new AIError(5007, `No such model ${name} or task`);
  return runText({ ...model, wire: "chat" }, inputs, settings, signal);
}

const EmbeddingsRequest = z.looseObject({
  model: z.string().check(z.minLength(1)),
  input: z.union([z.string(), z.array(z.string())]),
});
const Vectors = z.looseObject({ data: z.array(z.array(z.number())), usage: z.unknown() });

export async function runOpenAIEmbeddings(
  fields: Record<string, unknown>,
  settings: AISettings,
  signal: AbortSignal,
): Promise<Answer> {
  const { model: name, input } = parseInputs(EmbeddingsRequest, fields);
  const model = modelOf(name, settings);
  if (model.task !== "Text Embeddings") throw new AIError(5007, `No such model ${name} or task`);
  const answer = await runEmbedding(model, { text: input }, settings, signal);
  const { data, usage } = Vectors.parse(answer.body);
  return {
    ...answer,
    body: {
      object: "list",
      data: data.map((embedding, index) => ({ object: "embedding", index, embedding })),
      model: name,
      usage,
      served_by: answer.servedBy,
    },
  };
}
