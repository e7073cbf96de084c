import { Agent, request as httpRequest } from "node:http";

/** Milliseconds; workerd closes idle connections after five seconds, and one just closed must not be used again. */
const idleMs = 2_500;
const keepAlive = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256, timeout: idleMs });

export interface Post {
  url: string;
  headers?: Record<string, string>;
  body: unknown;
}

/**
 * Posts JSON and calls `onEvent` with the data of each server-sent event as it comes. Resolves when the
 * answer has ended; rejects where it is no success.
 */
export function postForEvents({ url, headers, body }: Post, onEvent: (data: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const text = JSON.stringify(body);
  const request = httpRequest(url, {
    method: "POST",
    agent: keepAlive,
    headers: {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      accept: "text/event-stream",
      ...headers,
    },
  });
  request.on("response", (response) => {
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      const events = (rest + chunk).split("\n\n");
      rest = events.pop() ?? "";
      if (response.statusCode !== 200) return;
      for (const event of events) {
        const start = event.startsWith("data: ") ? 0 : event.indexOf("\ndata: ") + 1;
        if (start > 0 || event.startsWith("data: ")) onEvent(event.slice(start + 6));
      }
    });
    response.on("end", () => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`${url}: ${response.statusCode} ${rest}`));
    });
    response.on("error", reject);
  });
  request.on("error", reject);
  request.end(text);
  return promise;
}

/** Posts JSON and parses the answer. @throws where it is no success. */
export async function postJson<Answer>({ url, headers, body }: Post): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** Times one turn: `token()` at each token, `done()` at the end. */
export class Stopwatch {
  readonly #startedAt = performance.now();
  readonly #expected: number;
  #firstAt = 0;
  #tokens = 0;

  constructor(expected: number) {
    this.#expected = expected;
  }

  /** Counts the tokens of a piece of the answer: each ends with a space. */
  piece(text: string): void {
    if (text === "") return;
    if (this.#tokens === 0) this.#firstAt = performance.now();
    for (const character of text) if (character === " ") this.#tokens += 1;
  }

  /** @throws where the answer had not as many tokens as were expected. */
  done(): { firstTokenMs: number; totalMs: number } {
    const totalMs = performance.now() - this.#startedAt;
    if (this.#tokens !== this.#expected) {
      throw new Error(`an answer had ${this.#tokens} tokens of ${this.#expected}`);
    }
    return { firstTokenMs: this.#firstAt - this.#startedAt, totalMs };
  }
}
