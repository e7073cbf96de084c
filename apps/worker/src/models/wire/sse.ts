/**
 * Server-sent events, as model servers send them.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * Two departures, both towards tolerance: an event whose closing blank line never came is still handed
 * over at the end, and a lone CR does not end a line (no model server sends one, and looking for it costs
 * a scan of every chunk). Comments, `event`, `id` and `retry` are skipped: no wire here needs them.
 */

/** Characters of one event; a server that sends more without a line's end is not speaking SSE. */
const longestEvent = 32 * 1024 * 1024;

/** Splits text that arrives in pieces into the data of events. */
export class EventParser {
  #rest = "";
  #data: string | undefined;

  /** Calls `onData` with the data of each event that `text` completes. @throws RangeError past the limit */
  push(text: string, onData: (data: string) => void): void {
    const input = this.#rest === "" ? text : this.#rest + text;
    if (!text.includes("\n")) {
      // What was looked through before is not looked through again for each piece of a long line.
      this.#keep(input);
      return;
    }
    let start = 0;
    for (;;) {
      const newline = input.indexOf("\n", start);
      if (newline === -1) break;
      const end = input.charCodeAt(newline - 1) === 13 && newline > start ? newline - 1 : newline;
      if (end === start) this.#dispatch(onData);
      else this.#line(input, start, end);
      start = newline + 1;
    }
    this.#keep(input.slice(start));
  }

  #keep(rest: string): void {
    this.#rest = rest;
    if (this.#rest.length + (this.#data?.length ?? 0) > longestEvent) {
      throw new RangeError("an event of the stream is too long");
    }
  }

  /** The stream has ended: hands over what was left without its closing blank line. */
  end(onData: (data: string) => void): void {
    if (this.#rest !== "") this.#line(this.#rest, 0, this.#rest.length);
    this.#rest = "";
    this.#dispatch(onData);
  }

  #line(input: string, start: number, end: number): void {
    if (!input.startsWith("data", start)) return;
    const colon = start + 4;
    if (colon !== end && input.charCodeAt(colon) !== 58) return;
    const from = input.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
    const value = from < end ? input.slice(from, end) : "";
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(onData: (data: string) => void): void {
    if (this.#data === undefined) return;
    const data = this.#data;
    this.#data = undefined;
    onData(data);
  }
}
