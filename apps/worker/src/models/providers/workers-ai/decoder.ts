/**
 * Reads what Workers AI streams. Older models send `{"response": "…"}` chunks, newer ones chat-completion
 * chunks; both end with `[DONE]`, and the older say no reason for ending.
 * Source: https://developers.cloudflare.com/workers-ai/features/streaming/
 */
import type { ProviderEvent } from "../../contract.ts";
import { callIdFrom } from "../../wire/call-id.ts";
import { cutStream, pushText, type WireDecoder } from "../../wire/events.ts";
import { at, countAt, isObject, listAt, parseArguments, textAt } from "../../wire/json.ts";
import { ChatDecoder } from "../openai-compatible/decoder.ts";

export class WorkersAIDecoder implements WireDecoder {
  readonly #chat = new ChatDecoder("workers-ai");
  readonly #calls: ProviderEvent[] = [];
  #native = false;
  #usage = { inputTokens: 0, outputTokens: 0 };
  #finished = false;

  event(data: string, out: ProviderEvent[]): void {
    if (this.#finished) return;
    if (data === "[DONE]") {
      this.#finish(out);
      return;
    }
    // Chat chunks are recognised by their key, so that each is parsed once only.
    if (!this.#native && (data.includes('"choices"') || data.includes('"error"'))) {
      this.#chat.event(data, out);
    } else if (data.trim() !== "") {
      this.#response(JSON.parse(data), out);
    }
  }

  whole(body: unknown, out: ProviderEvent[]): void {
    if (at(body, "choices") !== undefined || at(body, "error") !== undefined) {
      this.#chat.whole(body, out);
    } else {
      this.#response(body, out);
      if (this.#native) this.#finish(out);
    }
  }

  end(out: ProviderEvent[]): void {
    if (this.#finished) return;
    if (this.#native) throw cutStream("workers-ai");
    this.#finished = true;
    this.#chat.end(out);
  }

  #response(chunk: unknown, out: ProviderEvent[]): void {
    const response = at(chunk, "response");
    const calls = at(chunk, "tool_calls");
    if (response !== undefined || Array.isArray(calls)) this.#native = true;
    if (typeof response === "string") {
      if (response !== "") pushText(out, "text", response);
    } else if (isObject(response)) {
      // Asked for JSON, some models answer with the value itself.
      pushText(out, "text", JSON.stringify(response));
    }
    for (const call of listAt(chunk, "tool_calls")) {
      const called = isObject(at(call, "function")) ? at(call, "function") : call;
      const input = at(called, "arguments");
      this.#calls.push({
        type: "tool-call",
        id: callIdFrom(textAt(call, "id")),
        name: textAt(called, "name") ?? "",
        input: typeof input === "string" ? parseArguments(input) : (input ?? {}),
      });
    }
    const usage = at(chunk, "usage");
    if (isObject(usage)) {
      this.#usage = {
        inputTokens: countAt(usage, "prompt_tokens"),
        outputTokens: countAt(usage, "completion_tokens"),
      };
    }
  }

  #finish(out: ProviderEvent[]): void {
    this.#finished = true;
    if (!this.#native) {
      this.#chat.event("[DONE]", out);
      return;
    }
    out.push(...this.#calls);
    const reason = this.#calls.length > 0 ? "tool-calls" : "stop";
    out.push({ type: "finish", reason, usage: this.#usage });
  }
}
