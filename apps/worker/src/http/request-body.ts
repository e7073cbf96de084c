import { OrreryError } from "@orrery/protocol";
import type { Context, MiddlewareHandler } from "hono";
import { type AppEnv, bodyWithin, wholeBody } from "../security/index.ts";
import { refusePrototypeKeys } from "./prototype-keys.ts";

const mebibyte = 1024 * 1024;

/** Bytes of a body: 16 MiB where documents or images come with a question, 1 MiB elsewhere. */
export const bodyLimit = (path: string): number =>
  /^\/api\/v1\/(?:agents\/[^/]+\/(?:executions|documents)|models\/generate)$/.test(path)
    ? 16 * mebibyte
    : mebibyte;

const bodiless = new Set(["GET", "HEAD", "OPTIONS"]);

const tooLarge = (limit: number): OrreryError =>
  new OrreryError("payload_too_large", `The body is larger than the ${limit / mebibyte} MiB taken here`);

/** @throws OrreryError unsupported_media_type */
function assertJson(headers: Headers): void {
  const type = headers.get("content-type");
  if (type === null || !/^application\/json *(;.*)?$/i.test(type)) {
    throw new OrreryError("unsupported_media_type", "The body must be application/json");
  }
  const charset = /charset *= *"?([\w-]+)/i.exec(type)?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new OrreryError("unsupported_media_type", "The body must be in UTF-8");
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    throw new OrreryError("unsupported_media_type", "The body must not be compressed");
  }
}

/** @throws OrreryError invalid_request for what is not UTF-8 (RFC 8259 §8.1) */
function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  } catch (cause) {
    throw new OrreryError("invalid_request", "The body is not in UTF-8", { cause });
  }
}

/** Hands the body over as text, decoded once: Hono reads it from where it keeps what it has read. */
function keepText(c: Context<AppEnv>, body: Uint8Array): void {
  const text = textOf(body);
  refusePrototypeKeys(text);
  Object.assign(c.req.bodyCache, { text: Promise.resolve(text) });
}

/**
 * Middleware that lets through bodies of JSON text within the limit, and requests without a body. One of known length
 * is read as the runtime has it, which holds it to that length; one of unknown length so that it is refused when it
 * passes the limit and not when memory ends.
 * @throws OrreryError unsupported_media_type, payload_too_large; invalid_request for a false Content-Length, a body that
 *   breaks off, and one that is not in UTF-8.
 */
export const checkBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  const request = c.req.raw;
  if (bodiless.has(request.method) || request.body === null) return next();
  const length = request.headers.get("content-length");
  const limit = bodyLimit(c.req.path);
  if (length !== null) {
    if (!/^\d+$/.test(length)) throw new OrreryError("invalid_request", "Content-Length is not a number");
    if (Number(length) === 0) return next();
    if (Number(length) > limit) throw tooLarge(limit);
    assertJson(request.headers);
    keepText(c, await wholeBody(request));
    return next();
  }
  const body = await bodyWithin(request.body as ReadableStream<Uint8Array>, limit, () => tooLarge(limit));
  if (body.byteLength > 0) assertJson(request.headers);
  keepText(c, body);
  return next();
};
