import { ApiError, MessageBuilder, textOf, type Models, type TurnMessage } from "@orrery/client";
import { usageOfCalls } from "@orrery/protocol";
import type { FieldError, GenerateMetadata, GenerateRequest, Usage } from "@orrery/protocol";

export type SideState = "idle" | "answering" | "finished" | "stopped" | "failed";

/** What both sides are asked; each adds its model. */
export type Question = Omit<GenerateRequest, "model" | "stream" | "schema" | "modelPolicy">;

/** Answers come faster than a screen is drawn: they are published once a frame. */
const frameMs = 16;

/** One of the models that are asked the same: what it answers, and how long that takes. */
export class Side {
  /** A model's id or a routing name. */
  model = $state("");
  state = $state<SideState>("idle");
  message = $state.raw<TurnMessage<GenerateMetadata>>();
  /** Why there is no whole answer: what was thrown, or the stream's own words. */
  error = $state.raw<unknown>();
  /** Milliseconds from asking to the first piece of the answer, as seen here. */
  firstTokenMs = $state<number>();
  /** Milliseconds from asking to the end. */
  totalMs = $state<number>();
  readonly #models: Pick<Models, "stream">;
  readonly #now: () => number;
  #asking: AbortController | undefined;

  /** @param now milliseconds on a clock that only goes forward */
  constructor(model: string, models: Pick<Models, "stream">, now: () => number) {
    this.model = model;
    this.#models = models;
    this.#now = now;
  }

  readonly text = $derived.by(() => (this.message ? textOf(this.message) : ""));
  readonly reasoning = $derived.by(() =>
    (this.message?.parts ?? []).map((part) => (part.type === "reasoning" ? part.text : "")).join(""),
  );
  readonly metadata: GenerateMetadata = $derived.by(() => this.message?.metadata ?? {});
  /** The model that answers or was to: the one that answered, else the last that was chosen, else what was asked for. */
  readonly answeredBy: string = $derived.by(
    () => this.metadata.model ?? this.metadata.route?.chosen ?? this.model,
  );
  /** What it came to; of an answer that failed or was stopped, what its calls are known to have come to. */
  readonly usage: Usage | undefined = $derived.by(() => {
    const { usage, calls = [] } = this.metadata;
    return usage ?? (calls.length > 0 && !this.answering ? usageOfCalls(calls) : undefined);
  });
  /** Tokens written a second, once the answer has begun. */
  readonly tokensPerSecond = $derived.by(() => {
    const written = this.metadata.usage?.outputTokens;
    if (!written || this.totalMs === undefined || this.firstTokenMs === undefined) return undefined;
    const writing = this.totalMs - this.firstTokenMs;
    return writing > 0 ? (written / writing) * 1000 : undefined;
  });

  get answering(): boolean {
    return this.state === "answering";
  }

  /** What is wrong with fields of the question, where it was refused for that. */
  get fieldErrors(): readonly FieldError[] {
    return this.error instanceof ApiError ? this.error.errors : [];
  }

  /** Asks, and follows the answer to its end. Whatever goes wrong shows in `error`. */
  async ask(question: Question): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const builder = new MessageBuilder<GenerateMetadata>();
    const begun = this.#now();
    let scheduled = false;
    const publish = () => {
      scheduled = false;
      if (this.#asking === asking) this.message = builder.message;
    };
    this.message = undefined;
    this.error = undefined;
    this.firstTokenMs = undefined;
    this.totalMs = undefined;
    this.state = "answering";
    try {
      const chunks = this.#models.stream({ ...question, model: this.model }, { signal: asking.signal });
      for await (const chunk of chunks) {
        if (this.#asking !== asking) return;
        if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") {
          this.firstTokenMs ??= this.#now() - begun;
        }
        builder.add(chunk);
        if (!scheduled) {
          scheduled = true;
          setTimeout(publish, frameMs);
        }
      }
      if (builder.finishReason === "error") throw new AnswerError(builder.errorText ?? "The model failed.");
      this.#end(asking, builder.finishReason === "abort" ? "stopped" : "finished");
    } catch (error) {
      if (asking.signal.aborted) this.#end(asking, "stopped");
      else {
        if (this.#asking === asking) this.error = error;
        this.#end(asking, "failed");
      }
    } finally {
      publish();
      if (this.#asking === asking) {
        this.#asking = undefined;
        this.totalMs = this.#now() - begun;
      }
    }
  }

  /** Ends the answer here and on the platform; what came is kept. */
  stop(): void {
    this.#asking?.abort(new DOMException("The answer was stopped.", "AbortError"));
  }

  #end(asking: AbortController, state: SideState): void {
    if (this.#asking === asking) this.state = state;
  }
}

/** An answer that failed after it had begun; its message is the platform's, and may be shown. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
}
