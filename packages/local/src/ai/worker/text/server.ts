/**
 * A text model of a server that speaks OpenAI's chat completions. It is always asked for a stream: the caller may
 * want one, and where not, an answer that takes minutes keeps its connection alive.
 * Source: https://platform.openai.com/docs/api-reference/chat-streaming
 */
import * as z from "zod/mini";
import { AIError } from "../errors.ts";
import type { Choice } from "../models/choose-server.ts";
import { CallPiece, Calls } from "./calls.ts";
import { estimateTokens, usageOf } from "./events.ts";
import type { FinishReason, TextEvent, Usage } from "./events.ts";
import type { TextRequest } from "./request.ts";
import { sseData } from "./sse.ts";

const Delta = z.object({
  content: z.optional(z.nullable(z.string())),
  reasoning_content: z.optional(z.nullable(z.string())),
  reasoning: z.optional(z.nullable(z.string())),
  tool_calls: z.optional(z.nullable(z.array(CallPiece))),
});

const Chunk = z.object({
  choices: z.optional(
    z.array(z.object({ delta: z.optional(Delta), finish_reason: z.optional(z.nullable(z.string())) })),
  ),
  usage: z.optional(
    z.nullable(z.object({ prompt_tokens: z.number(), completion_tokens: z.optional(z.number()) })),
  ),
  error: z.optional(z.unknown()),
});

const reasons: Record<string, FinishReason> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

/** Asks, and resolves when the server has begun to answer; the events end early when `signal` aborts. */
export async function askServer(
  { server, id }: Choice,
  request: TextRequest,
  signal: AbortSignal,
): Promise<AsyncGenerator<TextEvent, void, undefined>> {
  const response = await callServer(
    { server, id },
    "/chat/completions",
    { ...request.body, model: id },
    signal,
  );
  if (response.body === null) throw new AIError(3043, `Internal server error: ${server.name} sent no body`);
  return read(response.body as ReadableStream<Uint8Array>, server.name, request);
}

/** @throws AIError for what the server refuses, and for a server that does not answer */
export async function callServer(
  { server, id }: Choice,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${server.baseUrl.replace(/\/$/, "")}${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(server.apiKey !== undefined && { authorization: `Bearer ${server.apiKey}` }),
      },
      body: JSON.stringify(body),
      signal,
    });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new AIError(3040, `Out of capacity: the model server ${server.name} does not answer`, { cause });
  }
  if (response.ok) return response;
  const said = (await response.text()).slice(0, 500);
  const { status } = response;
  if (status === 404) throw new AIError(5007, `No such model ${id} or task: ${server.name} says: ${said}`);
  if (status === 408 || status === 504) throw new AIError(3007, "Request timeout");
  if (status === 413) throw new AIError(3006, "Request is too large");
  if (status === 429 || status === 503)
    throw new AIError(3040, `Out of capacity: ${server.name} says: ${said}`);
  if (status >= 400 && status < 500) throw new AIError(5006, `Error: ${server.name} says: ${said}`);
  throw new AIError(3043, `Internal server error: ${server.name} answers ${status}: ${said}`);
}

async function* read(
  body: ReadableStream<Uint8Array>,
  server: string,
  request: TextRequest,
): AsyncGenerator<TextEvent, void, undefined> {
  const calls = new Calls();
  let reason: FinishReason | null = null;
  let usage: Usage | null = null;
  let said = 0;
  let done = false;
  for await (const data of sseData(body)) {
    if (data === "[DONE]") {
      done = true;
      break;
    }
    const chunk = chunkOf(data, server);
    const choice = chunk.choices?.[0];
    const reasoning = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? "";
    if (reasoning !== "") yield { type: "reasoning", text: reasoning };
    const text = choice?.delta?.content ?? "";
    if (text !== "") yield { type: "text", text };
    said += reasoning.length + text.length;
    for (const piece of choice?.delta?.tool_calls ?? []) calls.add(piece);
    if (choice?.finish_reason) reason = reasons[choice.finish_reason] ?? "stop";
    if (chunk.usage) usage = usageOf(chunk.usage.prompt_tokens, chunk.usage.completion_tokens ?? 0);
  }
  if (!done && reason === null) {
    throw new AIError(3043, `Internal server error: the answer of ${server} ended in the middle`);
  }
  yield* calls.events();
  const asked = request.messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
  yield {
    type: "finish",
    reason: calls.any ? "tool_calls" : (reason ?? "stop"),
    usage: usage ?? usageOf(asked, Math.ceil(said / 4)),
  };
}

function chunkOf(data: string, server: string): z.output<typeof Chunk> {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (cause) {
    throw new AIError(3043, `Internal server error: ${server} sent what is not JSON`, { cause });
  }
  const chunk = Chunk.safeParse(value);
  if (!chunk.success) throw new AIError(3043, `Internal server error: ${server} does not speak the protocol`);
  if (chunk.data.error !== undefined && chunk.data.error !== null) {
    throw new AIError(
      3043,
      `Internal server error: ${server} says: ${JSON.stringify(chunk.data.error).slice(0, 500)}`,
    );
  }
  return chunk.data;
}
