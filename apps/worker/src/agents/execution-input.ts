/** From a request to documents: attachments, and files inside the input. */
import { OrreryError, attachmentLimit } from "@orrery/protocol";
import type { Attachment, CreateExecution, InputPart } from "@orrery/protocol";
import { DocumentStore, fetchAttachment } from "../memory/index.ts";
import type { DocumentSource, StoredDocument } from "../memory/index.ts";
import { log } from "../observability/index.ts";
import type { Vault } from "../security/index.ts";

const dataUrl = /^data:([\w.+-]+\/[\w.+-]+)?((?:;[\w-]+=[^;,]*)*)(;base64)?,(.*)$/s;

/** True where a request brings documents along. */
export const hasDocuments = ({ input, attachments }: CreateExecution): boolean =>
  (attachments?.length ?? 0) > 0 || (typeof input !== "string" && input.some((part) => part.type === "file"));

/**
 * Stores what a request brings along, sealed where there is a `vault`. In the input that is kept, a file's bytes give
 * way to its name.
 * @throws OrreryError `invalid_request`, `payload_too_large`, or as {@link fetchAttachment} does.
 */
export async function storeDocuments(
  env: Pick<Env, "FILES" | "PUBLIC_NETWORK">,
  agentId: string,
  { input, attachments = [] }: CreateExecution,
  vault: () => Promise<Vault | null>,
): Promise<{ input: string | InputPart[]; documents: StoredDocument[] }> {
  const parts = typeof input === "string" ? [] : filesOf(input);
  if (attachments.length + parts.length > attachmentLimit.count) {
    throw new OrreryError(
      "payload_too_large",
      `At most ${attachmentLimit.count} documents can be given at once.`,
    );
  }
  const download = downloadOf(env);
  const sources = await Promise.all([
    ...attachments.map((attachment, index) => sourceOf(attachment, ["attachments", index], download)),
    ...parts.map((part) => filePart(part, download)),
  ]);
  const store = new DocumentStore(env.FILES, vault);
  const documents: StoredDocument[] = [];
  try {
    for (const source of sources) documents.push(await store.put(agentId, source));
  } catch (error) {
    await discardDocuments(env, documents);
    throw error;
  }
  return { input: typeof input === "string" ? input : input.map(withoutBytes), documents };
}

/**
 * Stores one document that is a request by itself.
 * @throws OrreryError as {@link storeDocuments} does
 */
export async function storeDocument(
  env: Pick<Env, "FILES" | "PUBLIC_NETWORK">,
  agentId: string,
  attachment: Attachment,
  vault: () => Promise<Vault | null>,
): Promise<StoredDocument> {
  return await new DocumentStore(env.FILES, vault).put(
    agentId,
    await sourceOf(attachment, [], downloadOf(env)),
  );
}

/** Removes documents that were stored for what was then not accepted. What is left of them goes with the agent. */
export async function discardDocuments(
  env: Pick<Env, "FILES">,
  documents: readonly StoredDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  try {
    await new DocumentStore(env.FILES).delete(documents);
  } catch (error) {
    log.warn("documents.not-discarded", { error });
  }
}

type Download = Parameters<typeof fetchAttachment>[1];

function downloadOf({ PUBLIC_NETWORK: network }: Pick<Env, "PUBLIC_NETWORK">): Download {
  return network ? (url, init) => network.fetch(url, init) : (url, init) => fetch(url, init);
}

/** A file of an input, with its place there and its number among the files. */
interface FilePart {
  part: Extract<InputPart, { type: "file" }>;
  place: number;
  number: number;
}

function filesOf(input: readonly InputPart[]): FilePart[] {
  const files: FilePart[] = [];
  for (const [place, part] of input.entries()) {
    if (part.type === "file") files.push({ part, place, number: files.length + 1 });
  }
  return files;
}

async function sourceOf(
  attachment: Attachment,
  place: readonly (string | number)[],
  download: Download,
): Promise<DocumentSource> {
  const { name, mediaType } = attachment;
  const path = (field: string): string => [...place, field].join(".");
  if ("data" in attachment)
    return { name, mediaType, bytes: checked(Uint8Array.fromBase64(attachment.data), path("data")) };
  return { name, ...(await fetched(attachment.url, mediaType, path("url"), download)) };
}

async function filePart({ part, place, number }: FilePart, download: Download): Promise<DocumentSource> {
  const { mediaType, filename: name = `file-${number}`, url } = part;
  const path = `input.${place}.url`;
  if (!url.startsWith("data:")) return { name, ...(await fetched(url, mediaType, path, download)) };
  const match = dataUrl.exec(url);
  if (!match) throw unreadable(path, "expected data:<media type>;base64,<data>");
  const [, , , base64, body = ""] = match;
  return { name, mediaType, bytes: checked(decoded(body, base64 !== undefined, path), path) };
}

/** What is at an address. @throws OrreryError `invalid_request` (422) that names the field, `payload_too_large` */
async function fetched(
  url: string,
  mediaType: string,
  path: string,
  download: Download,
): Promise<Pick<DocumentSource, "bytes" | "mediaType">> {
  try {
    return await fetchAttachment(url, download, { mediaType });
  } catch (cause) {
    if (!(cause instanceof OrreryError) || cause.code !== "invalid_request") throw cause;
    const errors = [{ path, message: cause.message }];
    throw new OrreryError("invalid_request", cause.message, { status: 422, errors, cause });
  }
}

const unreadable = (path: string, message: string, cause?: unknown): OrreryError =>
  new OrreryError("invalid_request", "A file in the input has a data: URL that cannot be read.", {
    status: 422,
    errors: [{ path, message }],
    cause,
  });

function decoded(body: string, base64: boolean, path: string): Uint8Array {
  try {
    return base64 ? Uint8Array.fromBase64(body) : new TextEncoder().encode(decodeURIComponent(body));
  } catch (cause) {
    throw unreadable(path, base64 ? "is not base64" : "is not percent-encoded", cause);
  }
}

function checked(bytes: Uint8Array, path: string): Uint8Array {
  if (bytes.length === 0) {
    throw new OrreryError("invalid_request", "A document is empty.", {
      status: 422,
      errors: [{ path, message: "has no bytes" }],
    });
  }
  if (bytes.length > attachmentLimit.bytes) {
    throw new OrreryError(
      "payload_too_large",
      `A document may have at most ${attachmentLimit.bytes} bytes; this one has ${bytes.length}.`,
    );
  }
  return bytes;
}

const withoutBytes = (part: InputPart): InputPart =>
  part.type === "file" && part.url.startsWith("data:") ? { ...part, url: "attachment:" } : part;
