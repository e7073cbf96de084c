import { OrreryError } from "@orrery/protocol";
import { log } from "../observability/index.ts";

/** A body that ends before its end is its sender's doing: a connection that was lost, or given up. */
function brokenOff(cause: unknown): OrreryError {
  log.debug("http.body-broke-off", { error: cause });
  return new OrreryError("invalid_request", "The body broke off before its end", { cause });
}

/** A body whose length is known, to which the runtime holds it. @throws OrreryError invalid_request where it breaks off */
export async function wholeBody(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    throw brokenOff(cause);
  }
}

/**
 * A body of unknown length, to its end or to the limit, whichever comes first.
 * @param tooLarge what is thrown where it passes `limit` bytes
 * @throws OrreryError invalid_request where it breaks off
 */
export async function bodyWithin(
  body: ReadableStream<Uint8Array>,
  limit: number,
  tooLarge: () => OrreryError,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw brokenOff(cause);
    });
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge();
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
