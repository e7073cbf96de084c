/** From the bytes of an answer to the events of a step: the hot path of every provider that speaks HTTP. */
import type { Clock } from "../clock.ts";
import { ModelError, type ProviderEvent } from "../contract.ts";
import { EventParser } from "./sse.ts";
import type { Watch } from "./watch.ts";

/** Understands one upstream's wire. It is fed the data of each event in turn, and appends what it means. */
export interface WireDecoder {
  /** @throws ModelError where the upstream reports a failure, SyntaxError where `data` is not JSON. */
  event(data: string, out: ProviderEvent[]): void;
  /** A whole answer instead of a stream, as some servers send whatever was asked for. */
  whole(body: unknown, out: ProviderEvent[]): void;
  /** The body has ended: appends `finish` unless it was appended already. @throws ModelError on a cut stream */
  end(out: ProviderEvent[]): void;
}

/**
 * Appends text, joining it to text before it: what arrived in one chunk leaves in one event, so that a
 * burst of tokens costs the layers above one event and not one each. Nothing is ever held back for it.
 */
export function pushText(out: ProviderEvent[], type: "text" | "reasoning", text: string): void {
  const last = out.at(-1);
  if (last?.type === type && !("providerMetadata" in last)) last.text += text;
  else out.push({ type, text });
}

export const cutStream = (provider: string): ModelError =>
  new ModelError("upstream_failed", `${provider} ended its answer before it was complete`, {
    retryable: true,
  });

const unreadable = (provider: string, cause: unknown): ModelError =>
  new ModelError("upstream_failed", `${provider} sent something that could not be read`, {
    retryable: true,
    cause,
  });

/** What a failure while reading means: the abort's own reason, an upstream's error, or a broken answer. */
export function readingFailure(provider: string, signal: AbortSignal, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof ModelError) return error;
  if (error instanceof SyntaxError || error instanceof RangeError) return unreadable(provider, error);
  return new ModelError("upstream_failed", `the connection to ${provider} broke`, {
    retryable: true,
    cause: error,
  });
}

/** Milliseconds for which the rest of a finished answer is read, so that its connection can be used again. */
const drainMs = 1000;

/** Never rejects: the answer is complete, and whatever becomes of its connection is nobody's concern. */
async function drain(reader: ReadableStreamDefaultReader<unknown>, clock: Clock): Promise<void> {
  const giveUp = clock.after(drainMs, () => void reader.cancel().catch(() => undefined));
  try {
    while (!(await reader.read()).done);
  } catch {
    // The connection broke after the answer: it is merely not used again.
  } finally {
    giveUp();
  }
}

/**
 * Reads a streamed body. Every chunk is parsed in one pass and its events are yielded; the body is released
 * when the consumer stops early.
 * @throws ModelError, or the signal's reason once it aborts. What came in the same chunk as a failure is
 * not yielded: where nothing was yielded before, the step can be tried again.
 */
export async function* readEvents(
  provider: string,
  body: ReadableStream<unknown>,
  decoder: WireDecoder,
  watch: Watch,
): AsyncGenerator<ProviderEvent, void, undefined> {
  const reader = body.getReader();
  const text = new TextDecoder();
  const parser = new EventParser();
  let out: ProviderEvent[] = [];
  const onData = (data: string): void => decoder.event(data, out);
  // Some runtimes leave a pending read waiting when the request's signal aborts; a failure to cancel
  // means that the body has failed already, which the read reports.
  const release = (): void => void reader.cancel(watch.signal.reason).catch(() => undefined);
  watch.signal.addEventListener("abort", release, { once: true });
  let finished = false;
  try {
    for (let done = false; !done;) {
      try {
        const chunk = await reader.read();
        watch.throwIfAborted();
        watch.touch();
        done = chunk.done;
        if (chunk.value instanceof Uint8Array) {
          parser.push(text.decode(chunk.value, { stream: true }), onData);
        } else if (chunk.value !== undefined) {
          throw new SyntaxError("a chunk of the stream is not bytes");
        }
        if (done) {
          parser.push(text.decode(), onData);
          parser.end(onData);
          decoder.end(out);
        }
      } catch (error) {
        throw readingFailure(provider, watch.signal, error);
      }
      if (out.length === 0) continue;
      const batch = out;
      out = [];
      for (const event of batch) {
        finished = event.type === "finish";
        yield event;
        if (finished) return;
      }
    }
  } finally {
    watch.signal.removeEventListener("abort", release);
    if (finished) void drain(reader, watch.clock);
    else release();
  }
}
