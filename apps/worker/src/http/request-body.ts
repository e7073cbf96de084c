import { OrreryError } from "@orrery/protocol";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../security/index.ts";

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

/** Reads to the end or to the limit, whichever comes first. */
async function readWithin(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/**
 * Middleware that lets through bodies of JSON within the limit, and requests without a body. A body of
 * known length is not touched: the runtime holds it to that length. One of unknown length is read
 * here, so that it is refused when it passes the limit and not when memory ends.
 * @throws OrreryError unsupported_media_type, payload_too_large, invalid_request for a false Content-Length.
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
    return next();
  }
  const body = await readWithin(request.body as ReadableStream<Uint8Array>, limit);
  if (body.byteLength > 0) assertJson(request.headers);
  const { method } = request;
  c.req.raw = new Request(request, { method, body: body.byteLength > 0 ? body : null });
  return next();
};
