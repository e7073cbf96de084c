/**
 * A model server that counts: it takes so many requests a second and refuses the rest, and now and then it fails.
 * It limits as providers do, by a token bucket that holds a second's worth: what a busy machine delivers late, all
 * at once, is no faster sender. Speaks OpenAI's chat completions. Started by `strict-upstream.ts`, which it ends with.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerTo, lastInput } from "../../bench/src/reply-plan.ts";
import type { ChatMessage } from "../../bench/src/reply-plan.ts";
import type { StrictCounts } from "./strict-upstream.ts";

const perSecond = Number(process.argv[2]);
const failEvery = Number(process.argv[3]);

/** Requests that would be taken now, and when that was so; milliseconds. */
let bucket = { tokens: perSecond, at: performance.now() };
const failed = new Set<string>();
const counts: StrictCounts = { requests: 0, refused: 0, failed: 0, firstAt: 0, lastAt: 0 };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json", "retry-after": "1" });
  response.end(JSON.stringify({ error: { message } }));
}

/** Whether a request that came at `now` is within the limit. One that is refused takes nothing from it. */
function admits(now: number): boolean {
  const tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
  bucket = { tokens: tokens < 1 ? tokens : tokens - 1, at: now };
  return tokens >= 1;
}

async function answer(request: IncomingMessage, response: ServerResponse, now: number): Promise<void> {
  counts.requests += 1;
  counts.firstAt ||= now;
  counts.lastAt = now;
  const admitted = admits(now);
  const { model, messages } = JSON.parse(await textOf(request)) as { model: string; messages: ChatMessage[] };
  if (!admitted) {
    counts.refused += 1;
    sendError(response, 429, "too many requests in a second");
    return;
  }
  const input = lastInput(messages);
  if (counts.requests % failEvery === 0 && !failed.has(input)) {
    // Nothing fails twice, so that how long a retried one takes does not depend on luck.
    failed.add(input);
    counts.failed += 1;
    sendError(response, 500, "this one failed");
    return;
  }
  const choice = { index: 0, delta: { content: answerTo(input, 5) }, finish_reason: "stop" };
  const frame = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`data: ${JSON.stringify({ ...frame, choices: [choice] })}\n\n`);
  response.end(`data: ${JSON.stringify({ ...frame, choices: [], usage })}\n\ndata: [DONE]\n\n`);
}

const server = createServer((request, response) => {
  answer(request, response, performance.now()).catch((error: unknown) =>
    sendError(response, 400, String(error)),
  );
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
});
process.on("message", () => process.send?.(counts));
process.once("disconnect", () => process.exit(0));
