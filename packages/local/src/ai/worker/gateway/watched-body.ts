/** A body on its way to the caller, of which the gateway keeps the beginning, the size, and what it says of tokens. */
export interface Seen {
  size: number;
  /** The first characters. */
  head: string;
  headComplete: boolean;
  tokensIn: number;
  tokensOut: number;
  /** All of it, where it was asked for, has ended well and is not too large. */
  whole: Uint8Array<ArrayBuffer> | null;
}

const charactersOfHead = 2_048;

/** Where the usage stands: at the end of a stream as of a JSON body, so the last of the text is enough. */
const charactersOfTail = 4_096;

export const maxKept = 1_000_000;

const counts = (text: string, ...names: string[]): number => {
  for (const name of names) {
    const [, digits] = [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*(\\d+)`, "g"))].at(-1) ?? [];
    if (digits !== undefined) return Number(digits);
  }
  return 0;
};

class Watching {
  readonly #decoder = new TextDecoder();
  readonly #keeping: boolean;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #head = "";
  #tail = "";

  constructor(keeping: boolean) {
    this.#keeping = keeping;
  }

  add(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
    const text = this.#decoder.decode(chunk, { stream: true });
    if (this.#head.length <= charactersOfHead) this.#head += text.slice(0, charactersOfHead + 1);
    this.#tail = (this.#tail + text).slice(-charactersOfTail);
    if (!this.#keeping) return;
    if (this.#size > maxKept) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  async seen(ended: boolean): Promise<Seen> {
    const all = this.#keeping && ended && this.#size <= maxKept;
    return {
      size: this.#size,
      head: this.#head.slice(0, charactersOfHead),
      headComplete: this.#head.length <= charactersOfHead,
      tokensIn: counts(this.#tail, "prompt_tokens", "input_tokens", "promptTokenCount"),
      tokensOut: counts(this.#tail, "completion_tokens", "output_tokens", "candidatesTokenCount"),
      whole: all ? new Uint8Array(await new Blob(this.#chunks).arrayBuffer()) : null,
    };
  }
}

/** The same bytes as they come. `onEnd` is called once: when they have ended, failed, or are wanted no more. */
export function watchBody(
  body: ReadableStream<Uint8Array>,
  keeping: boolean,
  onEnd: (seen: Seen) => Promise<void>,
): ReadableStream<Uint8Array> {
  const watching = new Watching(keeping);
  const reader = body.getReader();
  let over = false;
  const end = async (ended: boolean): Promise<void> => {
    if (over) return;
    over = true;
    await onEnd(await watching.seen(ended));
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          await end(true);
          controller.close();
        } else {
          watching.add(value);
          controller.enqueue(value);
        }
      } catch (error) {
        await end(false);
        throw error;
      }
    },
    async cancel(reason) {
      await reader.cancel(reason);
      await end(false);
    },
  });
}

/** Of a text that is there already. */
export const headOf = (text: string): { head: string; complete: boolean } => ({
  head: text.slice(0, charactersOfHead),
  complete: text.length <= charactersOfHead,
});
