/** The tasks that only the offline models do here. */
import * as z from "zod/mini";
import type { Answer } from "./answer.ts";
import { parseInputs } from "./inputs.ts";
import type { Model } from "./models/model.ts";
import { drawPicture } from "./offline/picture.ts";
import { summarize } from "./offline/quote.ts";
import { relevance } from "./offline/relevance.ts";
import { sentiment } from "./offline/sentiment.ts";

const offline = { servedBy: "offline" } as const;
const marks = { served_by: "offline", offline: true } as const;

const side = z.optional(z.nullable(z.int().check(z.minimum(256), z.maximum(2_048))));

const ImageInput = z.object({
  prompt: z.string().check(z.minLength(1), z.maxLength(2_048)),
  width: side,
  height: side,
  seed: z.optional(z.nullable(z.number())),
});

const defaultSide = 1_024;

/** Source: https://developers.cloudflare.com/workers-ai/models/flux-1-schnell/ and …/stable-diffusion-xl-base-1.0/ */
export async function runImage(model: Model, inputs: unknown): Promise<Answer> {
  const { prompt, width, height, seed } = parseInputs(ImageInput, inputs);
  const file = await drawPicture({
    prompt,
    seed: seed ?? 0,
    width: width ?? defaultSide,
    height: height ?? defaultSide,
  });
  if (model.imageAs === "base64") return { body: { image: file.toBase64(), ...marks }, ...offline };
  return { body: file, contentType: "image/png", ...offline };
}

const ClassificationInput = z.object({ text: z.string().check(z.minLength(1)) });

/** Source: https://developers.cloudflare.com/workers-ai/models/distilbert-sst-2-int8/ */
export function runClassification(inputs: unknown): Answer {
  const { text } = parseInputs(ClassificationInput, inputs);
  const score = sentiment(text);
  const body = [
    { label: "NEGATIVE", score: 1 - score },
    { label: "POSITIVE", score },
  ];
  return { body, ...offline };
}

const RerankInput = z.object({
  query: z.string().check(z.minLength(1)),
  contexts: z.array(z.object({ text: z.optional(z.string()) })).check(z.minLength(1)),
  top_k: z.optional(z.int().check(z.minimum(1))),
});

/** Source: https://developers.cloudflare.com/workers-ai/models/bge-reranker-base/ */
export function runReranking(inputs: unknown): Answer {
  const { query, contexts, top_k } = parseInputs(RerankInput, inputs);
  const scores = relevance(
    query,
    contexts.map(({ text }) => text ?? ""),
  );
  const response = scores
    .map((score, id) => ({ id, score }))
    .toSorted((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, top_k);
  return { body: { response, ...marks }, ...offline };
}

const SummaryInput = z.object({
  input_text: z.string().check(z.minLength(1)),
  max_length: z.optional(z.int().check(z.minimum(1))),
});

/** Tokens of a summary where the caller does not say. */
const defaultSummary = 1_024;

/** Source: https://developers.cloudflare.com/workers-ai/models/bart-large-cnn/ */
export function runSummary(inputs: unknown): Answer {
  const { input_text, max_length = defaultSummary } = parseInputs(SummaryInput, inputs);
  const most = Math.min(max_length * 4, Math.max(200, Math.ceil(input_text.length / 3)));
  return { body: { summary: summarize(input_text, most), ...marks }, ...offline };
}
