/** From a request to documents: attachments, and files inside the input. */
import { OrreryError, attachmentLimit } from "@orrery/protocol";
import type { CreateExecution, InputPart } from "@orrery/protocol";
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
  const parts = typeof input === "string" ? [] : input.filter((part) => part.type === "file");
  if (attachments.length + parts.length > attachmentLimit.count) {
    throw new OrreryError(
      "payload_too_large",
      `At most ${attachmentLimit.count} documents can be given at once.`,
    );
  }
  const network = env.PUBLIC_NETWORK;
  const download: Download = network
    ? (url, init) => network.fetch(url, init)
    : (url, init) => fetch(url, init);
  const sources = await Promise.all([
    ...attachments.map((attachment, index) => sourceOf(attachment, `attachments.${index}`, download)),
    ...parts.map((part, index) => filePart(part, index, download)),
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

async function sourceOf(
  attachment: NonNullable<CreateExecution["attachments"]>[number],
  path: string,
  download: Download,
): Promise<DocumentSource> {
  const { name, mediaType } = attachment;
  if ("data" in attachment)
    return { name, mediaType, bytes: checked(Uint8Array.fromBase64(attachment.data), path) };
  const fetched = await fetchAttachment(attachment.url, download, { mediaType });
  return { name, mediaType: fetched.mediaType, bytes: fetched.bytes };
}

async function filePart(
  part: Extract<InputPart, { type: "file" }>,
  index: number,
  download: Download,
): Promise<DocumentSource> {
  const name = part.filename ?? `file-${index + 1}`;
  if (!part.url.startsWith("data:"))
    return await sourceOf({ name, mediaType: part.mediaType, url: part.url }, name, download);
  const match = dataUrl.exec(part.url);
  if (!match) {
    throw new OrreryError("invalid_request", "A file in the input has a data: URL that cannot be read.", {
      errors: [{ path: `input.${index}.url`, message: "expected data:<media type>;base64,<data>" }],
    });
  }
  const [, , , base64, body = ""] = match;
  const path = `input.${index}.url`;
  return { name, mediaType: part.mediaType, bytes: checked(decoded(body, base64 !== undefined, path), path) };
}

function decoded(body: string, base64: boolean, path: string): Uint8Array {
  try {
    return base64 ? Uint8Array.fromBase64(body) : new TextEncoder().encode(decodeURIComponent(body));
  } catch (cause) {
    throw new OrreryError("invalid_request", "A file in the input has a data: URL that cannot be read.", {
      errors: [{ path, message: base64 ? "is not base64" : "is not percent-encoded" }],
      cause,
    });
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
