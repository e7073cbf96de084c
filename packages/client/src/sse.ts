/** An event of a stream, as the HTML standard dispatches it. */
export interface SseEvent {
  /** The last id the stream has named, by this event or before it; empty for none. */
  id: string;
  /** `message` unless the stream says otherwise. */
  type: string;
  data: string;
}

/**
 * Reads server-sent events from pieces of text, however they are cut.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseParser {
  #line = "";
  #afterCarriageReturn = false;
  #id = "";
  #type = "";
  #data: string[] = [];

  /** The events that this piece completes. An event the stream never ends is never given. */
  push(text: string): SseEvent[] {
    const events: SseEvent[] = [];
    let start = 0;
    if (this.#afterCarriageReturn && text !== "") {
      this.#afterCarriageReturn = false;
      if (text[0] === "\n") start = 1;
    }
    const lineEnd = /\r\n?|\n/g;
    lineEnd.lastIndex = start;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      const line = this.#line + text.slice(start, match.index);
      this.#line = "";
      start = lineEnd.lastIndex;
      // A "\n" that belongs to this "\r" may come with the next piece.
      if (match[0] === "\r" && start === text.length) this.#afterCarriageReturn = true;
      if (line === "") this.#dispatch(events);
      else this.#field(line);
    }
    this.#line += text.slice(start);
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon === -1 ? line : line.slice(0, colon);
    const rest = colon === -1 ? "" : line.slice(colon + 1);
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#type = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ id: this.#id, type: this.#type || "message", data: this.#data.join("\n") });
    }
    this.#data = [];
    this.#type = "";
  }
}

/**
 * The events of a response body, until it ends. Leaving the loop cancels the body.
 * @param onBytes called whenever anything arrives, comments included
 * @throws whatever broke the body
 */
export async function* readSse(
  body: ReadableStream<Uint8Array>,
  onBytes?: () => void,
): AsyncGenerator<SseEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      onBytes?.();
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    ended = true;
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
