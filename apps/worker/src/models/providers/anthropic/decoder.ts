/**
 * Reads Anthropic's message stream.
 * Source: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import type { FinishReason } from "@orrery/protocol";
import type { ProviderEvent } from "../../contract.ts";
import { callIdFrom } from "../../wire/call-id.ts";
import { cutStream, pushText, type WireDecoder } from "../../wire/events.ts";
import { failureInStream } from "../../wire/failure.ts";
import { at, countAt, listAt, parseArguments, textAt } from "../../wire/json.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  refusal: "content-filter",
};

interface OpenBlock {
  type: string;
  id: string;
  name: string;
  arguments: string;
  signature: string;
}

export class AnthropicDecoder implements WireDecoder {
  readonly #answerTool: string | undefined;
  readonly #blocks = new Map<unknown, OpenBlock>();
  #reason: string | undefined;
  #inputTokens = 0;
  #outputTokens = 0;
  #model: string | undefined;
  #finished = false;
  #called = false;
  #answered = false;

  /** @param answerTool a tool whose input is the answer itself, and is read as its text */
  constructor(answerTool?: string) {
    this.#answerTool = answerTool;
  }

  event(data: string, out: ProviderEvent[]): void {
    if (this.#finished) return;
    const event: unknown = JSON.parse(data);
    switch (at(event, "type")) {
      case "content_block_delta":
        this.#delta(at(event, "index"), at(event, "delta"), out);
        break;
      case "content_block_start":
        this.#begin(at(event, "index"), at(event, "content_block"), out);
        break;
      case "content_block_stop":
        this.#close(at(event, "index"), out);
        break;
      case "message_start":
        this.#model = textAt(at(event, "message"), "model");
        this.#usage(at(at(event, "message"), "usage"));
        break;
      case "message_delta":
        this.#reason = textAt(at(event, "delta"), "stop_reason") ?? this.#reason;
        this.#usage(at(event, "usage"));
        break;
      case "message_stop":
        this.#finish(out);
        break;
      case "error":
        this.#failure(at(event, "error"));
    }
  }

  whole(body: unknown, out: ProviderEvent[]): void {
    if (at(body, "type") === "error") this.#failure(at(body, "error"));
    this.#model = textAt(body, "model");
    this.#usage(at(body, "usage"));
    for (const [index, block] of listAt(body, "content").entries()) {
      this.#begin(index, block, out);
      this.#close(index, out);
    }
    this.#reason = textAt(body, "stop_reason");
  }

  /** The stop reason closes the answer; `message_stop` after it may be lost without loss. */
  end(out: ProviderEvent[]): void {
    if (this.#finished) return;
    if (this.#reason === undefined) throw cutStream("anthropic");
    this.#finish(out);
  }

  #failure(error: unknown): never {
    throw failureInStream("anthropic", textAt(error, "type") ?? "", textAt(error, "message") ?? "");
  }

  /** Counts are cumulative; what was read from or written to Anthropic's cache was input too. */
  #usage(usage: unknown): void {
    const input =
      countAt(usage, "input_tokens") +
      countAt(usage, "cache_read_input_tokens") +
      countAt(usage, "cache_creation_input_tokens");
    this.#inputTokens = Math.max(this.#inputTokens, input);
    this.#outputTokens = Math.max(this.#outputTokens, countAt(usage, "output_tokens"));
  }

  #begin(index: unknown, block: unknown, out: ProviderEvent[]): void {
    const type = textAt(block, "type") ?? "";
    const input = at(block, "input");
    const hasInput = typeof input === "object" && input !== null && Object.keys(input).length > 0;
    this.#blocks.set(index, {
      type,
      id: callIdFrom(textAt(block, "id")),
      name: textAt(block, "name") ?? "",
      arguments: hasInput ? JSON.stringify(input) : "",
      signature: textAt(block, "signature") ?? "",
    });
    const text = this.#isAnswer(block) && hasInput ? JSON.stringify(input) : textAt(block, "text");
    if (text !== undefined && text !== "") pushText(out, "text", text);
    const thinking = textAt(block, "thinking");
    if (thinking !== undefined && thinking !== "") pushText(out, "reasoning", thinking);
    if (type === "redacted_thinking") {
      const redactedData = textAt(block, "data") ?? "";
      out.push({ type: "reasoning", text: "", providerMetadata: { anthropic: { redactedData } } });
    }
  }

  #delta(index: unknown, delta: unknown, out: ProviderEvent[]): void {
    const text = textAt(delta, "text");
    if (text !== undefined) {
      if (text !== "") pushText(out, "text", text);
      return;
    }
    const block = this.#blocks.get(index);
    const json = textAt(delta, "partial_json");
    const thinking = textAt(delta, "thinking");
    if (json !== undefined) {
      if (block === undefined) return;
      block.arguments += json;
      if (json !== "" && this.#isAnswer(block)) pushText(out, "text", json);
    } else if (thinking !== undefined) {
      if (thinking !== "") pushText(out, "reasoning", thinking);
    } else if (block !== undefined) {
      block.signature += textAt(delta, "signature") ?? "";
    }
  }

  #close(index: unknown, out: ProviderEvent[]): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    this.#blocks.delete(index);
    if (this.#isAnswer(block)) {
      this.#answered = true;
      // No input at all is an empty object.
      if (block.arguments === "") pushText(out, "text", "{}");
    } else if (block.type === "tool_use") {
      this.#called = true;
      const input = parseArguments(block.arguments);
      out.push({ type: "tool-call", id: block.id, name: block.name, input });
    } else if (block.type === "thinking" && block.signature !== "") {
      const { signature } = block;
      out.push({ type: "reasoning", text: "", providerMetadata: { anthropic: { signature } } });
    }
  }

  #isAnswer(block: unknown): boolean {
    return (
      this.#answerTool !== undefined &&
      textAt(block, "type") === "tool_use" &&
      textAt(block, "name") === this.#answerTool
    );
  }

  #finish(out: ProviderEvent[]): void {
    this.#finished = true;
    const reason = reasons[this.#reason ?? "end_turn"] ?? "other";
    out.push({
      type: "finish",
      // To whoever asked for an object, the tool that carried it was none.
      reason: reason === "tool-calls" && this.#answered && !this.#called ? "stop" : reason,
      usage: { inputTokens: this.#inputTokens, outputTokens: this.#outputTokens },
      ...(this.#model === undefined ? {} : { model: this.#model }),
    });
  }
}
