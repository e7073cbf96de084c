/**
 * The floor: a Durable Object with one table and a hand-written reader of the upstream's events. It
 * stores two rows a turn, sends the whole conversation to the model, and nothing else.
 */
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly BareChat: DurableObjectNamespace<BareChat>;
  readonly UPSTREAM: string;
}

interface Turn {
  model: string;
  input: string;
}

const encoder = new TextEncoder();

export class BareChat extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  readonly #messages: { role: string; content: string }[];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS messages (role TEXT NOT NULL, content TEXT NOT NULL)");
    this.#messages = this.#sql
      .exec<{ role: string; content: string }>("SELECT role, content FROM messages ORDER BY rowid")
      .toArray();
  }

  #add(role: string, content: string): void {
    this.#messages.push({ role, content });
    this.#sql.exec("INSERT INTO messages VALUES (?, ?)", role, content);
  }

  override async fetch(request: Request): Promise<Response> {
    const { model, input } = await request.json<Turn>();
    this.#add("user", input);
    const upstream = await fetch(`${this.env.UPSTREAM}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, stream: true, messages: this.#messages }),
    });
    if (!upstream.ok || !upstream.body) return new Response(await upstream.text(), { status: 502 });
    const { readable, writable } = new IdentityTransformStream();
    this.ctx.waitUntil(this.#answer(upstream.body, writable));
    return new Response(readable, { headers: { "content-type": "text/event-stream" } });
  }

  async #answer(body: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>): Promise<void> {
    const writer = writable.getWriter();
    const decoder = new TextDecoder();
    let rest = "";
    let answer = "";
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      let frames = "";
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        const token = JSON.parse(line.slice(6)).choices[0]?.delta.content;
        if (!token) continue;
        answer += token;
        frames += `data: ${JSON.stringify({ token })}\n\n`;
      }
      if (frames !== "") await writer.write(encoder.encode(frames));
    }
    this.#add("assistant", answer);
    await writer.write(encoder.encode("data: [DONE]\n\n"));
    await writer.close();
  }
}

export default {
  fetch(request, env) {
    if (request.method !== "POST") return new Response("ok");
    return env.BareChat.getByName(new URL(request.url).pathname.slice(1)).fetch(request);
  },
} satisfies ExportedHandler<Env>;
