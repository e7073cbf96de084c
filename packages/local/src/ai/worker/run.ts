/** `env.AI.run`, behind the binding: a model's name and its inputs to its answer. */
import type { AISettings } from "../options.ts";
import type { Answer } from "./answer.ts";
import { AIError } from "./errors.ts";
import { configuredModel, findModel } from "./models/catalog.ts";
import type { Model } from "./models/model.ts";
import { runEmbedding } from "./run-embedding.ts";
import { runClassification, runImage, runReranking, runSummary } from "./run-offline.ts";
import { runText } from "./text/run-text.ts";

/** @throws AIError 5007 */
export function modelOf(name: string, settings: AISettings): Model {
  const model = findModel(name);
  if (model !== undefined) return model;
  if (settings.models[name] !== undefined) return configuredModel(name);
  throw new AIError(5007, `No such model ${name} or task`);
}

/** @throws AIError, told as Workers AI tells it */
export function runModel(
  name: string,
  inputs: unknown,
  settings: AISettings,
  signal: AbortSignal,
): Promise<Answer> | Answer {
  const model = modelOf(name, settings);
  if (model.task === "Text Generation") return runText(model, inputs, settings, signal);
  if (model.task === "Text Embeddings") return runEmbedding(model, inputs, settings, signal);
  if (settings.offline) {
    if (model.task === "Text-to-Image") return runImage(model, inputs);
    if (model.task === "Summarization") return runSummary(inputs);
    if (model.name.includes("reranker")) return runReranking(inputs);
    if (model.task === "Text Classification") return runClassification(inputs);
  }
  throw new AIError(5007, `No such model ${name} or task: no model on this machine does ${model.task}`);
}
