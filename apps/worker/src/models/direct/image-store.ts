/** Images that models made, in the file store: bytes under their hash, apart for each workspace. */
import { createHash } from "node:crypto";

/** What of R2 is needed; an `R2Bucket` is one. */
export type ImageBucket = Pick<R2Bucket, "get" | "put" | "head">;

export interface StoredImage {
  /** The hash: the same bytes are one image. */
  id: string;
  sha256: string;
  mediaType: string;
  /** Bytes. */
  size: number;
}

const keyOf = (workspaceId: string, id: string): string => `images/${workspaceId}/${id}`;

export async function storeImage(
  bucket: ImageBucket,
  workspaceId: string,
  image: { bytes: Uint8Array; mediaType: string; model: string },
): Promise<StoredImage> {
  const sha256 = createHash("sha256").update(image.bytes).digest("hex");
  const key = keyOf(workspaceId, sha256);
  if ((await bucket.head(key)) === null) {
    await bucket.put(key, image.bytes, {
      httpMetadata: { contentType: image.mediaType },
      customMetadata: { model: image.model },
    });
  }
  return { id: sha256, sha256, mediaType: image.mediaType, size: image.bytes.length };
}

/** An image as it is given back. */
export interface KeptImage {
  mediaType: string;
  etag: string;
  /** Null where the caller has it already. */
  body: ReadableStream | null;
}

const hasBody = (object: R2Object | R2ObjectBody): object is R2ObjectBody => "body" in object;

/** An image, without its bytes where the `If-None-Match` of a request says that its caller has them. */
export async function readImage(
  bucket: ImageBucket,
  workspaceId: string,
  id: string,
  head: Headers,
): Promise<KeptImage | null> {
  // Nothing of an image ever changes, so no other condition is passed on.
  const onlyIf = new Headers();
  const known = head.get("if-none-match");
  if (known !== null) onlyIf.set("if-none-match", known);
  const object = await bucket.get(keyOf(workspaceId, id), { onlyIf });
  return (
    object && {
      mediaType: object.httpMetadata?.contentType ?? "application/octet-stream",
      etag: object.httpEtag,
      body: hasBody(object) ? object.body : null,
    }
  );
}
