/** Images that a model is shown: those given with a turn, and the newest of the conversation before it. */
import type { ModelMessage, UserContent } from "ai";
import type { ModelGateway } from "../models/index.ts";
import type { DocumentReference } from "./execution-store.ts";

/** Images shown at once; older ones are named among the documents like any other. */
const imageLimit = 4;
/** Types that every provider with eyes takes. */
const seen = new Set(["image/png", "image/jpeg", "image/webp", "image/gif"]);

/** Reads a document's bytes. */
export type ReadDocument = (document: DocumentReference) => Promise<Uint8Array>;

/** Images among documents, the last ones where there are more than a model is shown. */
export const imagesAmong = (documents: readonly DocumentReference[]): DocumentReference[] =>
  documents.filter(({ mediaType }) => seen.has(mediaType)).slice(-imageLimit);

/**
 * Whether images are shown to this model: those that cannot see are told of them by name. A routing name
 * chooses one that can, where there is one.
 */
export function canSee(gateway: Pick<ModelGateway, "check">, model: string): boolean {
  const routed = model === "auto" || model.startsWith("auto:");
  const checked = gateway.check(routed ? "auto:vision" : model, "text");
  return "model" in checked && checked.model.capabilities.vision;
}

/** What a user said, with the images that came with it. */
export async function userMessage(
  text: string,
  images: readonly DocumentReference[],
  read: ReadDocument,
): Promise<ModelMessage> {
  if (images.length === 0) return { role: "user", content: text };
  const content: Exclude<UserContent, string> = [];
  if (text !== "") content.push({ type: "text", text });
  for (const image of images) {
    const data = await read(image);
    content.push({ type: "file", data, mediaType: image.mediaType, filename: image.name });
  }
  return { role: "user", content };
}
