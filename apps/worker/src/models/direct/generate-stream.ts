/** An answer as a UI message stream. Nothing of it is kept, so its events have no ids to resume from. */
import type { GenerateChunk, GenerateMetadata, ModelCall } from "@orrery/protocol";
import { ModelError } from "../contract.ts";
import type { ModelEvent } from "../contract.ts";

const encoder = new TextEncoder();
const done = "data: [DONE]\n\n";

type Answer = AsyncGenerator<ModelEvent, void, undefined>;

export interface GenerateStream {
  body: ReadableStream<Uint8Array>;
  /** Resolves when the step is over and its calls are booked, whoever ended it. Never rejects. */
  over: Promise<void>;
}

/**
 * Begins a step with a signal of its own, and streams its answer. The step ends when the reader leaves, which either
 * the stream or `caller` says: what waits for the model is aborted, and its calls are booked.
 */
export function generateStream(
  step: (signal: AbortSignal) => Answer,
  messageId: string,
  caller: AbortSignal,
): GenerateStream {
  const reading = new AbortController();
  const chunks = chunksOf(step(reading.signal), messageId);
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const leave = (): void => {
    caller.removeEventListener("abort", leave);
    // What the step waits for now has to break off, before it can be left.
    reading.abort(new DOMException("the reader left", "AbortError"));
    chunks.return().then(
      () => end(),
      () => end(),
    );
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await chunks.next();
        if (reading.signal.aborted) {
          controller.error(reading.signal.reason);
          return;
        }
        if (!next.done) {
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(next.value)}\n\n`));
          return;
        }
        controller.enqueue(encoder.encode(done));
        controller.close();
      } catch (error) {
        if (!reading.signal.aborted) controller.error(error);
      }
      caller.removeEventListener("abort", leave);
      end();
    },
    cancel: leave,
  });
  if (caller.aborted) leave();
  else caller.addEventListener("abort", leave, { once: true });
  return { body, over };
}

async function* chunksOf(answer: Answer, messageId: string): AsyncGenerator<GenerateChunk, void, undefined> {
  const metadata: GenerateMetadata = {};
  const calls: ModelCall[] = [];
  const parts = new Parts();
  yield { type: "start", messageId, messageMetadata: metadata };
  yield { type: "start-step" };
  try {
    for await (const event of answer) {
      switch (event.type) {
        case "route":
          metadata.route = event.decision;
          yield { type: "message-metadata", messageMetadata: { route: event.decision } };
          break;
        case "call":
          calls.push(event.call);
          yield { type: "message-metadata", messageMetadata: { calls: [...calls] } };
          break;
        case "restart":
          parts.close();
          yield { type: "data-restart", transient: true, data: { keepParts: 1 } };
          break;
        case "text":
        case "reasoning":
          yield* parts.open(event.type);
          if (event.text !== "") yield { type: `${event.type}-delta`, id: parts.id, delta: event.text };
          break;
        case "source":
          yield* parts.end();
          yield {
            type: "source-document",
            sourceId: event.source.id,
            mediaType: event.source.mediaType,
            title: event.source.title,
          };
          break;
        case "finish":
          yield* parts.end();
          yield { type: "finish-step" };
          yield {
            type: "finish",
            finishReason: event.reason,
            messageMetadata: {
              ...metadata,
              model: event.model,
              extractive: event.extractive,
              usage: event.usage,
              calls,
            },
          };
          break;
        case "filtered":
          metadata.filtered = event.findings;
          break;
        // No tools are offered.
        case "tool-call":
      }
    }
  } catch (error) {
    // What is not a model's failure is ours, and its words are not for callers.
    const errorText = error instanceof ModelError ? error.message : "Something went wrong on our side";
    yield { type: "error", errorText };
    if (!(error instanceof ModelError)) throw error;
  }
}

/** The part that is open, text or thoughts. */
class Parts {
  #kind: "text" | "reasoning" | null = null;
  #count = 0;

  get id(): string {
    return `p${this.#count}`;
  }

  *open(kind: "text" | "reasoning"): Generator<GenerateChunk> {
    if (this.#kind === kind) return;
    yield* this.end();
    this.#kind = kind;
    this.#count += 1;
    yield { type: `${kind}-start`, id: this.id };
  }

  *end(): Generator<GenerateChunk> {
    if (this.#kind !== null) yield { type: `${this.#kind}-end`, id: this.id };
    this.#kind = null;
  }

  /** Forgets the open part: the reader has been told to drop it. */
  close(): void {
    this.#kind = null;
  }
}
