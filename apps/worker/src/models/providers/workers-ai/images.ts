/**
 * Images by Workers AI. Flux answers with base64 in JSON, Stable Diffusion with the bytes of the image.
 * Source: https://developers.cloudflare.com/workers-ai/models/?tasks=Text-to-Image
 */
import type { ProviderImage, ProviderImageRequest } from "../../contract.ts";
import { at, countAt, textAt } from "../../wire/json.ts";
import { imageOfBase64, imageOfBytes } from "../../wire/media-bytes.ts";
import type { Watch } from "../../wire/watch.ts";

/** Takes a prompt and a number of steps, and refuses or ignores all else. */
const promptOnly = /^@cf\/black-forest-labs\/flux-1/;

/** Takes a form instead of JSON, for the pictures that may come with it. */
const asForm = /^@cf\/black-forest-labs\/flux-2/;

export function imageInputs({ model, ...request }: ProviderImageRequest): Record<string, unknown> {
  const { prompt, width, height, seed } = request;
  if (promptOnly.test(model)) return { prompt };
  const wishes = Object.entries({ prompt, width, height, seed }).filter(([, value]) => value !== undefined);
  if (!asForm.test(model)) return Object.fromEntries(wishes);
  const form = new FormData();
  for (const [name, value] of wishes) form.append(name, String(value));
  const encoded = new Response(form);
  return { multipart: { body: encoded.body, contentType: encoded.headers.get("content-type") } };
}

/** @throws SyntaxError where the answer holds no image */
export async function readImage(answer: unknown, watch: Watch): Promise<ProviderImage> {
  if (answer instanceof ReadableStream) {
    const bytes = await watch.race(new Response(answer).arrayBuffer());
    return imageOfBytes(new Uint8Array(bytes));
  }
  const base64 = textAt(answer, "image");
  if (base64 === undefined) throw new SyntaxError("the answer holds no image");
  const usage = at(answer, "usage");
  return {
    ...imageOfBase64(base64),
    inputTokens: countAt(usage, "prompt_tokens"),
    outputTokens: countAt(usage, "completion_tokens"),
  };
}
