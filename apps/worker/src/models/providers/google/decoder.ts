/**
 * Reads Gemini's stream of partial responses.
 * Source: https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse
 */
import type { FinishReason } from "@orrery/protocol";
import type { ProviderEvent } from "../../contract.ts";
import { callIdFrom } from "../../wire/call-id.ts";
import { cutStream, pushText, type WireDecoder } from "../../wire/events.ts";
import { failureInStream } from "../../wire/failure.ts";
import { at, countAt, isObject, listAt, textAt, wordsAt } from "../../wire/json.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  SAFETY: "content-filter",
  RECITATION: "content-filter",
  BLOCKLIST: "content-filter",
  PROHIBITED_CONTENT: "content-filter",
  SPII: "content-filter",
  IMAGE_SAFETY: "content-filter",
  MALFORMED_FUNCTION_CALL: "error",
};

export class GeminiDecoder implements WireDecoder {
  #called = false;
  #reason: FinishReason | undefined;
  #usage = { inputTokens: 0, outputTokens: 0 };
  #model: string | undefined;

  event(data: string, out: ProviderEvent[]): void {
    this.#response(JSON.parse(data), out);
  }

  /** Without `alt=sse` the stream is one JSON array of responses. */
  whole(body: unknown, out: ProviderEvent[]): void {
    for (const response of Array.isArray(body) ? body : [body]) this.#response(response, out);
  }

  /** Nothing on this wire marks the end but the end itself, after a chunk with a reason. */
  end(out: ProviderEvent[]): void {
    if (this.#reason === undefined) throw cutStream("google");
    // The wire says STOP after calls too; whoever reads the reason must run them all the same.
    const ended = this.#reason === "stop" || this.#reason === "other";
    out.push({
      type: "finish",
      reason: this.#called && ended ? "tool-calls" : this.#reason,
      usage: this.#usage,
      ...(this.#model === undefined ? {} : { model: this.#model }),
    });
  }

  #response(response: unknown, out: ProviderEvent[]): void {
    const error = at(response, "error");
    if (error !== undefined) {
      const kind = wordsAt(error, ["status", "code"]);
      throw failureInStream("google", kind, textAt(error, "message") ?? "");
    }
    this.#model ??= textAt(response, "modelVersion");
    const usage = at(response, "usageMetadata");
    if (isObject(usage)) {
      this.#usage = {
        inputTokens: countAt(usage, "promptTokenCount") + countAt(usage, "toolUsePromptTokenCount"),
        // Thoughts are billed as output and counted beside it.
        outputTokens: countAt(usage, "candidatesTokenCount") + countAt(usage, "thoughtsTokenCount"),
      };
    }
    const candidate = at(at(response, "candidates"), 0);
    for (const part of listAt(at(candidate, "content"), "parts")) this.#part(part, out);
    const reason = textAt(candidate, "finishReason");
    if (reason !== undefined) this.#reason = reasons[reason] ?? "other";
    // A prompt that was refused has no candidate at all.
    if (textAt(at(response, "promptFeedback"), "blockReason") !== undefined) {
      this.#reason ??= "content-filter";
    }
  }

  #part(part: unknown, out: ProviderEvent[]): void {
    const text = textAt(part, "text");
    if (text !== undefined && text !== "") {
      pushText(out, at(part, "thought") === true ? "reasoning" : "text", text);
    }
    const call = at(part, "functionCall");
    if (!isObject(call)) return;
    this.#called = true;
    const thoughtSignature = textAt(part, "thoughtSignature");
    out.push({
      type: "tool-call",
      id: callIdFrom(textAt(call, "id")),
      name: textAt(call, "name") ?? "",
      input: at(call, "args") ?? {},
      ...(thoughtSignature === undefined ? {} : { providerMetadata: { google: { thoughtSignature } } }),
    });
  }
}
