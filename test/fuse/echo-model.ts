/**
 * A model server that says back what it is asked, and remembers it: `echo-<milliseconds>` answers after so long. What
 * it answers shows that it was given the task itself, whatever came between in ciphertext.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { lastInput } from "../../bench/src/reply-plan.ts";
import type { ChatMessage } from "../../bench/src/reply-plan.ts";

export interface EchoModel {
  /** Base URL for `MODEL_SERVERS`. */
  baseUrl: string;
  /** All that it was asked, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** The answer to an input. */
export const echoOf = (input: string): string => `Heard: ${input}`;

interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
}

async function bodyOf(request: IncomingMessage): Promise<ChatRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest;
}

async function answer(request: IncomingMessage, response: ServerResponse, asked: string[]): Promise<void> {
  const { model, messages, stream } = await bodyOf(request);
  const input = lastInput(messages);
  asked.push(input);
  const [, delay = "0"] = model.split("-");
  if (Number(delay) > 0) await new Promise((resolve) => setTimeout(resolve, Number(delay)));
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const frame = { id: "chatcmpl-1", created: 0, model };
  const content = echoOf(input);
  if (!stream) {
    const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...frame, object: "chat.completion", choices: [choice], usage }));
    return;
  }
  const choice = { index: 0, delta: { role: "assistant", content }, finish_reason: "stop" };
  const chunk = { ...frame, object: "chat.completion.chunk" };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`data: ${JSON.stringify({ ...chunk, choices: [choice] })}\n\n`);
  response.end(`data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`);
}

export async function startEchoModel(): Promise<EchoModel> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response, asked).catch((error: unknown) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
