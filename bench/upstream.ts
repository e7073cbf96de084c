/**
 * A mock OpenAI-compatible server: `POST /v1/chat/completions` and `GET /v1/models`. How many tokens it
 * answers, and how fast, is in the model's name; see `src/reply-plan.ts`. The same input gets the
 * same text. It listens on loopback, says so in one line on stdout (`{"url": "…"}`), and ends when its
 * parent does.
 *
 *   node bench/upstream.ts [--port 9999]
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import {
  answerTag,
  answerTo,
  hasToolResult,
  lastInput,
  planOf,
  toolArguments,
  tokenOf,
} from "./src/reply-plan.ts";
import type { ChatMessage, ReplyPlan } from "./src/reply-plan.ts";

interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean;
  tools?: { function: { name: string } }[];
}

const { values: flags } = parseArgs({ options: { port: { type: "string", default: "0" } } });

const knownModels = ["mock-50x0", "mock-1050x0", "slow-200x20"];

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

const usageOf = (messages: readonly ChatMessage[], tokens: number) => {
  const prompt = Math.ceil(JSON.stringify(messages).length / 4);
  return { prompt_tokens: prompt, completion_tokens: tokens, total_tokens: prompt + tokens };
};

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** A scripted call of `tool`; the same input gets the same call. */
const toolCall = (tool: string, input: string) => ({
  id: `call_${answerTag(input)}`,
  type: "function",
  function: { name: tool, arguments: toolArguments(input) },
});

function wantsTool({ tools, messages }: ChatRequest, plan: ReplyPlan): string | null {
  const { tool } = plan;
  if (tool === null || hasToolResult(messages)) return null;
  return tools?.some((offered) => offered.function.name === tool) ? tool : null;
}

async function stream(request: ChatRequest, plan: ReplyPlan, response: ServerResponse): Promise<void> {
  const input = lastInput(request.messages);
  const tag = answerTag(input);
  const frame = { id: `chatcmpl-${tag}`, object: "chat.completion.chunk", created: 0, model: request.model };
  const head = `data: ${JSON.stringify(frame).slice(0, -1)},"choices":[{"index":0,"delta":`;
  const write = (delta: unknown, finish: string | null = null): void => {
    response.write(`${head}${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finish)}}]}\n\n`);
  };
  response.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
  if (plan.firstMs > 0) await pause(plan.firstMs);
  const tool = wantsTool(request, plan);
  let tokens = 0;
  if (tool === null) {
    write({ role: "assistant", content: "" });
    for (; tokens < plan.tokens && !response.destroyed; tokens++) {
      if (plan.everyMs > 0 && tokens > 0) await pause(plan.everyMs);
      write({ content: tokenOf(tag, tokens) });
    }
    write({}, "stop");
  } else {
    write({ role: "assistant", content: null, tool_calls: [{ index: 0, ...toolCall(tool, input) }] });
    write({}, "tool_calls");
  }
  const usage = usageOf(request.messages, tokens);
  response.end(`data: ${JSON.stringify({ ...frame, choices: [], usage })}\n\ndata: [DONE]\n\n`);
}

async function answerWhole(request: ChatRequest, plan: ReplyPlan, response: ServerResponse): Promise<void> {
  await pause(plan.firstMs + plan.everyMs * plan.tokens);
  const input = lastInput(request.messages);
  const tool = wantsTool(request, plan);
  const message =
    tool === null
      ? { role: "assistant", content: answerTo(input, plan.tokens) }
      : { role: "assistant", content: null, tool_calls: [toolCall(tool, input)] };
  sendJson(response, 200, {
    id: `chatcmpl-${answerTag(input)}`,
    object: "chat.completion",
    created: 0,
    model: request.model,
    choices: [{ index: 0, message, finish_reason: tool === null ? "stop" : "tool_calls" }],
    usage: usageOf(request.messages, tool === null ? plan.tokens : 0),
  });
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://upstream");
  if (request.method === "GET" && pathname.endsWith("/models")) {
    sendJson(response, 200, {
      object: "list",
      data: knownModels.map((id) => ({ id, object: "model", created: 0, owned_by: "mock" })),
    });
    return;
  }
  if (request.method !== "POST" || !pathname.endsWith("/chat/completions")) {
    sendJson(response, 404, { error: { message: `no such path: ${pathname}` } });
    return;
  }
  const body = JSON.parse(await readBody(request)) as ChatRequest;
  const plan = planOf(body.model);
  if (!plan) {
    sendJson(response, 404, { error: { message: `the model ${body.model} names no plan` } });
  } else if (body.stream) await stream(body, plan, response);
  else await answerWhole(body, plan, response);
}

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    if (response.headersSent) response.destroy();
    else sendJson(response, 400, { error: { message: String(error) } });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(flags.port), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/v1` }));
});
process.once("disconnect", () => process.exit(0));
