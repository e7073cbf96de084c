/**
 * Images by Gemini's image models, which answer with a picture where others answer with text.
 * Source: https://ai.google.dev/gemini-api/docs/image-generation
 */
import { ModelError, type ProviderImage, type ProviderImageRequest } from "../../contract.ts";
import { failureInStream } from "../../wire/failure.ts";
import { at, countAt, listAt, textAt, wordsAt } from "../../wire/json.ts";
import { imageOfBase64 } from "../../wire/media-bytes.ts";

/** Shapes, not sizes, are what can be asked for. */
const shapes = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] as const;

function nearestShape(width: number, height: number): (typeof shapes)[number] {
  const wanted = Math.log(width / height);
  const distance = (shape: string): number => {
    const [wide = 1, high = 1] = shape.split(":").map(Number);
    return Math.abs(wanted - Math.log(wide / high));
  };
  return shapes.reduce((best, shape) => (distance(shape) < distance(best) ? shape : best));
}

export function imageBody({ prompt, width, height, seed }: ProviderImageRequest): Record<string, unknown> {
  const shape =
    width === undefined && height === undefined
      ? undefined
      : { aspectRatio: nearestShape(width ?? height ?? 1, height ?? width ?? 1) };
  return {
    contents: [{ role: "user", parts: [{ text: prompt }] }],
    generationConfig: { responseModalities: ["IMAGE"], imageConfig: shape, seed },
  };
}

/** @throws ModelError, SyntaxError where the answer holds no image and no reason for it */
export function readImage(body: unknown): ProviderImage {
  const error = at(body, "error");
  if (error !== undefined) {
    throw failureInStream("google", wordsAt(error, ["status", "code"]), textAt(error, "message") ?? "");
  }
  const candidate = at(at(body, "candidates"), 0);
  for (const part of listAt(at(candidate, "content"), "parts")) {
    // Pictures among its thoughts are drafts.
    if (at(part, "thought") === true) continue;
    const inline = at(part, "inlineData");
    const data = textAt(inline, "data");
    if (data === undefined) continue;
    const usage = at(body, "usageMetadata");
    return {
      ...imageOfBase64(data, textAt(inline, "mimeType")),
      inputTokens: countAt(usage, "promptTokenCount"),
      outputTokens: countAt(usage, "candidatesTokenCount") + countAt(usage, "thoughtsTokenCount"),
    };
  }
  const reason = textAt(at(body, "promptFeedback"), "blockReason") ?? textAt(candidate, "finishReason") ?? "";
  if (reason === "" || reason === "STOP") throw new SyntaxError("the answer holds no image");
  throw new ModelError("upstream_failed", `google made no image: ${reason}`, { retryable: false });
}
