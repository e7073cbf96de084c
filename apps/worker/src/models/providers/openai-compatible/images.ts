/**
 * Images on OpenAI's wire, which several servers copy.
 * Source: https://platform.openai.com/docs/api-reference/images/create
 */
import { ModelError, type ProviderImage, type ProviderImageRequest } from "../../contract.ts";
import { at, countAt, textAt } from "../../wire/json.ts";
import { imageOfBase64 } from "../../wire/media-bytes.ts";

/** OpenAI's own models answer in base64 unasked and refuse to be asked for it. */
const isOpenAIs = (model: string): boolean => /^(?:chatgpt-image|gpt-image)/.test(model);

/** The sizes that all of OpenAI's image models have. */
const sizes = [
  [1024, 1024],
  [1536, 1024],
  [1024, 1536],
] as const;

function sizeFor({ model, width, height }: ProviderImageRequest): string | undefined {
  if (width === undefined && height === undefined) return undefined;
  const [wide, high] = [width ?? height ?? 1, height ?? width ?? 1];
  if (!isOpenAIs(model)) return `${wide}x${high}`;
  const shape = Math.log(wide / high);
  const [nearest] = [...sizes].sort(
    (one, other) =>
      Math.abs(shape - Math.log(one[0] / one[1])) - Math.abs(shape - Math.log(other[0] / other[1])),
  );
  return nearest?.join("x");
}

export function imageBody(request: ProviderImageRequest): Record<string, unknown> {
  const { model, prompt } = request;
  return {
    model,
    prompt,
    n: 1,
    size: sizeFor(request),
    ...(!isOpenAIs(model) && { response_format: "b64_json", seed: request.seed }),
  };
}

/** @throws ModelError, SyntaxError where the answer holds no image */
export function readImage(provider: string, body: unknown): ProviderImage {
  const item = at(at(body, "data"), 0);
  const base64 = textAt(item, "b64_json");
  if (base64 === undefined) {
    if (textAt(item, "url") === undefined) throw new SyntaxError("the answer holds no image");
    throw new ModelError("upstream_failed", `${provider} answered with an address instead of an image`, {
      retryable: false,
    });
  }
  const usage = at(body, "usage");
  return {
    ...imageOfBase64(base64),
    inputTokens: countAt(usage, "input_tokens"),
    outputTokens: countAt(usage, "output_tokens"),
  };
}
