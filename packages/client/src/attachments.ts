import type { Attachment } from "@orrery/protocol";

/**
 * A document to give with an execution: its bytes (text in base64 is taken as it is), or an address
 * the server fetches it from. A `Blob` may leave its media type to the blob, a `File` its name too.
 */
export type AttachmentInput =
  | { name: string; mediaType: string; data: Uint8Array | ArrayBuffer | string }
  | { name: string; mediaType?: string; data: Blob }
  | { name: string; mediaType: string; url: string }
  | File;

/** Bytes encoded at a time: a multiple of 3, so that pieces join without padding between them. */
const pieceBytes = 3 * 8192;

/** RFC 4648 §4, without the stack limits of `String.fromCharCode` over a whole file. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    text += btoa(String.fromCharCode(...bytes.subarray(start, start + pieceBytes)));
  }
  return text;
}

/** The wire form of an attachment. */
export async function toAttachment(input: AttachmentInput): Promise<Attachment> {
  if (input instanceof Blob) return fromBlob(input.name, input.type, input);
  if ("url" in input) return { name: input.name, mediaType: input.mediaType, url: input.url };
  const { name, data } = input;
  if (data instanceof Blob) return fromBlob(name, input.mediaType ?? data.type, data);
  const mediaType = input.mediaType ?? "application/octet-stream";
  if (typeof data === "string") return { name, mediaType, data };
  return { name, mediaType, data: toBase64(data instanceof Uint8Array ? data : new Uint8Array(data)) };
}

async function fromBlob(name: string, mediaType: string, blob: Blob): Promise<Attachment> {
  return {
    name,
    mediaType: mediaType || "application/octet-stream",
    data: toBase64(new Uint8Array(await blob.arrayBuffer())),
  };
}
