/**
 * Reads chat-completion chunks, from OpenAI and from the many servers that speak its wire more or less.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */
import type { FinishReason } from "@orrery/protocol";
import type { ProviderEvent } from "../../contract.ts";
import { callIdFrom } from "../../wire/call-id.ts";
import { cutStream, pushText, type WireDecoder } from "../../wire/events.ts";
import { failureInStream } from "../../wire/failure.ts";
import { at, countAt, isObject, parseArguments, textAt, wordsAt } from "../../wire/json.ts";

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
}

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  length: "length",
  max_tokens: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
};

export class ChatDecoder implements WireDecoder {
  readonly #provider: string;
  /** In the order they began. */
  readonly #calls: OpenCall[] = [];
  readonly #callAt = new Map<unknown, OpenCall>();
  #reason: string | undefined;
  #usage = { inputTokens: 0, outputTokens: 0 };
  #model: string | undefined;
  #finished = false;

  constructor(provider: string) {
    this.#provider = provider;
  }

  event(data: string, out: ProviderEvent[]): void {
    if (this.#finished) return;
    if (data === "[DONE]") {
      this.#finish(out);
      return;
    }
    if (data.trim() === "") return;
    const chunk: unknown = JSON.parse(data);
    this.#failure(chunk);
    this.#common(chunk);
    const choice = at(at(chunk, "choices"), 0);
    if (choice !== undefined) this.#choice(choice, at(choice, "delta"), out);
  }

  whole(body: unknown, out: ProviderEvent[]): void {
    this.#failure(body);
    this.#common(body);
    const choice = at(at(body, "choices"), 0);
    if (choice === undefined) return;
    this.#choice(choice, at(choice, "message"), out);
    this.#reason ??= "stop";
  }

  end(out: ProviderEvent[]): void {
    if (this.#finished) return;
    if (this.#reason === undefined) throw cutStream(this.#provider);
    this.#finish(out);
  }

  #failure(chunk: unknown): void {
    const error = at(chunk, "error");
    if (error === undefined || error === null) return;
    const message = typeof error === "string" ? error : (textAt(error, "message") ?? "");
    throw failureInStream(this.#provider, wordsAt(error, ["type", "code"]), message);
  }

  #common(chunk: unknown): void {
    this.#model ??= textAt(chunk, "model");
    const usage = at(chunk, "usage");
    if (!isObject(usage)) return;
    this.#usage = {
      inputTokens: countAt(usage, "prompt_tokens"),
      outputTokens: countAt(usage, "completion_tokens"),
    };
  }

  #choice(choice: unknown, delta: unknown, out: ProviderEvent[]): void {
    const reasoning = textAt(delta, "reasoning_content") ?? textAt(delta, "reasoning");
    if (reasoning !== undefined && reasoning !== "") pushText(out, "reasoning", reasoning);
    const content = at(delta, "content") ?? at(delta, "refusal");
    if (typeof content === "string") {
      if (content !== "") pushText(out, "text", content);
    } else if (Array.isArray(content)) {
      for (const part of content) {
        const text = textAt(part, "text");
        if (text !== undefined && text !== "") pushText(out, "text", text);
      }
    }
    const calls = at(delta, "tool_calls");
    if (Array.isArray(calls)) for (const call of calls) this.#fragment(call);
    const reason = textAt(choice, "finish_reason");
    if (reason !== undefined && reason !== "") this.#reason = reason;
  }

  /**
   * Joins a fragment to its call. Servers disagree: some give no `index`, some give every call index 0
   * with another `id`, some repeat `id` and `name` with every fragment, some send arguments as an object.
   */
  #fragment(fragment: unknown): void {
    const id = textAt(fragment, "id") ?? "";
    const called = at(fragment, "function");
    const name = textAt(called, "name") ?? "";
    const index = at(fragment, "index") ?? (id === "" ? undefined : id);
    let call = index === undefined ? this.#calls.at(-1) : this.#callAt.get(index);
    if (call === undefined || (id !== "" && call.id !== "" && call.id !== id)) {
      call = { id: "", name: "", arguments: "" };
      this.#calls.push(call);
      this.#callAt.set(index, call);
    }
    if (call.id === "") call.id = id;
    if (call.name === "") call.name = name;
    const more = at(called, "arguments");
    if (typeof more === "string") call.arguments += more;
    else if (isObject(more)) call.arguments += JSON.stringify(more);
  }

  #finish(out: ProviderEvent[]): void {
    this.#finished = true;
    for (const call of this.#calls) {
      out.push({
        type: "tool-call",
        id: callIdFrom(call.id),
        name: call.name,
        input: parseArguments(call.arguments),
      });
    }
    let reason = reasons[this.#reason ?? "stop"] ?? "other";
    // Several servers say `stop` after calls; whoever reads the reason must run them all the same.
    if (this.#calls.length > 0 && reason === "stop") reason = "tool-calls";
    out.push({
      type: "finish",
      reason,
      usage: this.#usage,
      ...(this.#model === undefined ? {} : { model: this.#model }),
    });
  }
}
