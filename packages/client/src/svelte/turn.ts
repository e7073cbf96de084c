import { writable, type Readable } from "svelte/store";
import type { Execution } from "@orrery/protocol";
import type { ExecutionStream } from "../execution-stream.ts";
import { MessageBuilder, type TurnMessage } from "../message.ts";

/** An execution whose answer is being read. It is read to its end whether or not anyone looks. */
export interface Turn {
  readonly executionId: string;
  readonly sessionId: string;
  /** The answer so far; a new object with each change. */
  readonly message: Readable<TurnMessage>;
  /** True until the answer has ended. */
  readonly isStreaming: Readable<boolean>;
  /** Why following failed; null while it has not. A failed execution is no error of this kind. */
  readonly error: Readable<Error | null>;
  /** What the stream said went wrong with the execution itself. */
  readonly failure: Readable<string | null>;
  /** The finished execution. Rejects when it cannot be followed to its end, or no more is. */
  readonly finished: Promise<Execution>;
  /** Cancels the execution on the server. */
  cancel(): Promise<void>;
  /** Stops following; the execution goes on. */
  leave(): void;
}

/** Chunks come faster than a screen is drawn: the message is published once a frame. */
const frameMs = 16;

export function readTurn(stream: ExecutionStream): Turn {
  const builder = new MessageBuilder();
  const message = writable<TurnMessage>(builder.message);
  const isStreaming = writable(true);
  const error = writable<Error | null>(null);
  const failure = writable<string | null>(null);
  let scheduled = false;
  const publish = () => {
    scheduled = false;
    message.set(builder.message);
    failure.set(builder.errorText ?? null);
  };

  async function read(): Promise<Execution> {
    try {
      for await (const chunk of stream) {
        builder.add(chunk);
        if (!scheduled) {
          scheduled = true;
          setTimeout(publish, frameMs);
        }
      }
      publish();
      return await stream.final();
    } catch (cause) {
      publish();
      error.set(cause instanceof Error ? cause : new Error(String(cause)));
      throw cause;
    } finally {
      isStreaming.set(false);
    }
  }

  const finished = read();
  // Whoever looks at `error` alone has handled this.
  finished.catch(() => undefined);

  return {
    executionId: stream.executionId,
    sessionId: stream.sessionId,
    message: { subscribe: message.subscribe },
    isStreaming: { subscribe: isStreaming.subscribe },
    error: { subscribe: error.subscribe },
    failure: { subscribe: failure.subscribe },
    finished,
    cancel: () => stream.cancel(),
    leave: () => stream.abort(),
  };
}
