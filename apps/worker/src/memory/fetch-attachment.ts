/** Documents given by address. */
import { OrreryError, attachmentLimit } from "@orrery/protocol";
import { bareMediaType, isGenericMediaType } from "./media-kinds.ts";
import { isLoopback, isPublicHost } from "./public-address.ts";

export interface AttachmentLimits {
  /** Bytes of the body. Default 10 MiB. */
  bytes?: number;
  /** Milliseconds for all of it, redirects included. Default 20,000. */
  timeoutMs?: number;
  /** The media type the caller declared; kept unless it says nothing. */
  mediaType?: string;
  signal?: AbortSignal;
  /** For tests only: loopback addresses may be fetched. */
  allowLoopback?: boolean;
}

export interface FetchedAttachment {
  bytes: Uint8Array;
  mediaType: string;
}

const redirects = 3;

const refused = (message: string, cause?: unknown): OrreryError =>
  new OrreryError("invalid_request", message, { cause });

function checked(address: string | URL, base: URL | undefined, allowLoopback: boolean): URL {
  let url: URL;
  try {
    url = new URL(address, base);
  } catch (cause) {
    throw refused(`The attachment's address is not a URL.`, cause);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw refused(`An attachment's address must begin with https:// or http://.`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refused(`An attachment's address must not hold a user name or password.`);
  }
  if (!(allowLoopback && isLoopback(url)) && !isPublicHost(url)) {
    throw refused(
      `"${url.hostname}" is not on the public internet: attach the document itself instead of its address.`,
    );
  }
  return url;
}

/**
 * Fetches a document from the public internet: http(s) only, at most 3 redirects, each checked like the
 * first address, no credentials sent.
 * @throws OrreryError invalid_request when the address may not be fetched or does not answer with a
 *   document; payload_too_large when the body is larger than the limit, as soon as that shows
 */
export async function fetchAttachment(
  address: string,
  fetch: (input: string, init: RequestInit) => Promise<Response>,
  limits: AttachmentLimits = {},
): Promise<FetchedAttachment> {
  const { bytes: limit = attachmentLimit.bytes, timeoutMs = 20_000, allowLoopback = false } = limits;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = limits.signal ? AbortSignal.any([limits.signal, timeout]) : timeout;
  let url = checked(address, undefined, allowLoopback);
  try {
    for (let hop = 0; hop <= redirects; hop += 1) {
      const response = await fetch(url.href, {
        redirect: "manual",
        signal,
        headers: { accept: "*/*", "user-agent": "Orrery" },
      });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        url = checked(location, url, allowLoopback);
        continue;
      }
      if (!response.ok) {
        await response.body?.cancel();
        throw refused(`"${url.hostname}" answered ${response.status} for the attachment's address.`);
      }
      return {
        bytes: await bounded(response, limit),
        mediaType: typeOf(response, limits.mediaType ?? ""),
      };
    }
  } catch (cause) {
    if (cause instanceof OrreryError) throw cause;
    limits.signal?.throwIfAborted();
    throw refused(
      timeout.aborted
        ? `"${url.hostname}" did not send the attachment within ${timeoutMs / 1000} seconds.`
        : `The attachment could not be fetched from "${url.hostname}".`,
      cause,
    );
  }
  throw refused(`The attachment's address redirects more than ${redirects} times.`);
}

const typeOf = (response: Response, declared: string): string =>
  isGenericMediaType(declared)
    ? bareMediaType(response.headers.get("content-type") ?? "") || "application/octet-stream"
    : declared;

/** Reads a body, giving up at the first chunk past the limit. */
async function bounded(response: Response, limit: number): Promise<Uint8Array> {
  const tooLarge = (): OrreryError =>
    new OrreryError("payload_too_large", `The attachment is larger than ${limit} bytes.`);
  if (Number(response.headers.get("content-length") ?? 0) > limit) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | Uint8Array[] = response.body ?? [];
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
