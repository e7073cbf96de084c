/**
 * A server before aimock that does to its answers what aimock itself cannot: it falls silent, holds an
 * answer back, cuts or garbles it at a chosen event, or calls it something else. It also stands in for two
 * methods of the Gemini API that aimock does not have, by asking it for the nearest that it has.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { at, listAt, textAt } from "../wire/json.ts";

export type Harm =
  /** Nothing, not even headers. */
  | { kind: "silence" }
  /** Headers and that many events, then nothing more. */
  | { kind: "stall"; afterEvents: number }
  /** That many events, then the connection breaks, or the body ends as if it were whole. */
  | { kind: "cut"; afterEvents: number; cleanly: boolean }
  /** That event (from 0) is no JSON. */
  | { kind: "garble"; event: number }
  /** The answer says that it is something else. */
  | { kind: "mislabel"; contentType: string }
  /** Headers at once, the rest when `until` resolves. */
  | { kind: "delay"; until: Promise<void> };

export class FaultyServer {
  readonly #server: Server;
  readonly #upstream: () => string;
  #harm: Harm | null = null;
  #wake: () => void = () => undefined;
  /** Requests that came, whatever became of them. */
  requests = 0;
  /** Events of the last streamed answer that was passed on whole. */
  events = 0;

  /** @param upstream aimock's address */
  constructor(upstream: () => string) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get url(): string {
    // A server that listens on a port has an address of this form.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What every answer suffers from now on; null for none. */
  harm(harm: Harm | null): void {
    this.#harm = harm;
  }

  /** Resolves when the next answer has come as far as it will: silent, or stalled. */
  stuck(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const harm = this.#harm;
    const body = await bodyOf(request);
    if (harm?.kind === "silence") {
      this.#wake();
      return;
    }
    try {
      const answer = await this.#ask(request, body);
      const type = harm?.kind === "mislabel" ? harm.contentType : answer.headers.get("content-type");
      response.writeHead(answer.status, {
        "content-type": type ?? "application/octet-stream",
        ...(answer.headers.has("retry-after") && { "retry-after": answer.headers.get("retry-after") ?? "" }),
      });
      response.flushHeaders();
      if (harm?.kind === "delay") {
        this.#wake();
        await harm.until;
      }
      await this.#pass(answer, response, harm);
    } catch {
      // aimock broke the connection, as some of its own faults do: so does this.
      response.destroy();
    }
  }

  async #ask(request: IncomingMessage, body: string): Promise<Response> {
    const path = request.url ?? "/";
    const post = (to: string, value: string): Promise<Response> =>
      fetch(`${this.#upstream()}${to}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...credentialsOf(request) },
        body: value,
      });
    if (path.endsWith(":batchEmbedContents")) return await batchEmbed(path, body, post);
    if (path.endsWith(":generateContent") && body.includes('"responseModalities"')) {
      return await drawByImagen(path, body, post);
    }
    return await post(path, body);
  }

  async #pass(answer: Response, response: ServerResponse, harm: Harm | null): Promise<void> {
    const streamed = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
    let event = 0;
    for await (const piece of piecesOf(answer, streamed)) {
      if (harm?.kind === "stall" && event === harm.afterEvents) {
        this.#wake();
        return;
      }
      if (harm?.kind === "cut" && event === harm.afterEvents) {
        if (harm.cleanly) response.end();
        // What was written must be on its way before the connection breaks.
        else setImmediate(() => response.destroy());
        return;
      }
      const garbled = harm?.kind === "garble" && event === harm.event;
      response.write(garbled ? garble(piece, streamed) : piece);
      event += 1;
    }
    this.events = event;
    response.end();
  }
}

const credentialsOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    ["authorization", "x-api-key", "x-goog-api-key", "anthropic-version"].flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  request.setEncoding("utf8");
  for await (const text of request) body += String(text);
  return body;
}

/** A stream event by event; any other answer in two halves, so that it can be cut too. */
async function* piecesOf(answer: Response, streamed: boolean): AsyncGenerator<string, void, undefined> {
  if (!streamed) {
    const text = await answer.text();
    const half = Math.ceil(text.length / 2);
    yield text.slice(0, half);
    yield text.slice(half);
    return;
  }
  if (answer.body === null) return;
  let rest = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    const events = rest.split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) yield `${event}\n\n`;
  }
  if (rest !== "") yield rest;
}

const garble = (piece: string, streamed: boolean): string =>
  streamed ? piece.replace(/^data: .*$/m, 'data: {"id": ') : `}${piece}`;

type Post = (to: string, value: string) => Promise<Response>;

/** `batchEmbedContents` by one `embedContent` for each text. */
async function batchEmbed(path: string, body: string, post: Post): Promise<Response> {
  const single = path.replace(/:batchEmbedContents$/, ":embedContent");
  const embeddings: unknown[] = [];
  for (const request of listAt(JSON.parse(body), "requests")) {
    const answer = await post(single, JSON.stringify(request));
    if (!answer.ok) return answer;
    // Whatever it answers is passed on, broken or not.
    const text = await answer.text();
    if (!text.startsWith("{")) return new Response(text, { headers: answer.headers });
    try {
      embeddings.push(at(JSON.parse(text), "embedding"));
    } catch {
      return new Response(text, { headers: answer.headers });
    }
  }
  return Response.json({ embeddings });
}

/** A Gemini image model's `generateContent` by Imagen's `predict`. */
async function drawByImagen(path: string, body: string, post: Post): Promise<Response> {
  const request: unknown = JSON.parse(body);
  const prompt = textAt(at(listAt(at(listAt(request, "contents"), 0), "parts"), 0), "text");
  const answer = await post(
    path.replace(/:generateContent$/, ":predict"),
    JSON.stringify({ instances: [{ prompt }], parameters: { sampleCount: 1 } }),
  );
  if (!answer.ok) return answer;
  const text = await answer.text();
  let made: unknown;
  try {
    made = at(listAt(JSON.parse(text), "predictions"), 0);
  } catch {
    return new Response(text, { headers: answer.headers });
  }
  const inlineData = { mimeType: textAt(made, "mimeType"), data: textAt(made, "bytesBase64Encoded") };
  return Response.json({
    candidates: [{ content: { role: "model", parts: [{ inlineData }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1290 },
  });
}
