import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface ChatMessage {
  role: string;
  content?: unknown;
}

/** What a model is asked for, as far as scripts look at it. */
export interface ModelRequest {
  messages: ChatMessage[];
  /** The text of the newest message by the user. */
  asked: string;
  /** Whether a tool has answered since. */
  toolAnswered: boolean;
}

/** The answer being written. */
export interface ModelAnswer {
  say(text: string): void;
  callTool(name: string, input: unknown): void;
  /** Cuts the line in the middle of the answer. */
  breakOff(): void;
  /** Whether the reader has gone. */
  readonly closed: boolean;
}

type Script = (request: ModelRequest, answer: ModelAnswer) => Promise<void> | void;

/** A model server on loopback that speaks OpenAI's protocol and says what a script tells it to. */
export interface ScriptedModel {
  /** For `MODEL_SERVERS`. */
  servers: string;
  /** What answers from now on. */
  script: Script;
  stop(): Promise<void>;
}

export async function startScriptedModel(name: string, model: string): Promise<ScriptedModel> {
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const scripted: ScriptedModel = {
    servers: JSON.stringify({ [name]: { baseUrl: `http://127.0.0.1:${port}/v1`, models: [model] } }),
    script: (_, answer) => answer.say("Hello."),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.endsWith("/models")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ object: "list", data: [{ id: model, object: "model" }] }));
      return;
    }
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { messages } = JSON.parse(body) as { messages: ChatMessage[] };
    const asked = messages.findLast((message) => message.role === "user")?.content;
    response.writeHead(200, { "content-type": "text/event-stream" });

    let calls = 0;
    let written = 0;
    const send = (delta: object, finish: string | null = null, extra: object = {}) => {
      response.write(
        `data: ${JSON.stringify({
          id: "chatcmpl-1",
          object: "chat.completion.chunk",
          model,
          choices: [{ index: 0, delta, finish_reason: finish }],
          ...extra,
        })}\n\n`,
      );
    };
    const answer: ModelAnswer = {
      say: (text) => {
        written += text.split(/\s+/).length;
        send({ content: text });
      },
      callTool: (tool, input) => {
        const call = {
          index: calls,
          id: `call_${messages.length}_${calls++}`,
          type: "function",
          function: { name: tool, arguments: JSON.stringify(input) },
        };
        send({ tool_calls: [call] });
      },
      breakOff: () => void response.destroy(),
      get closed() {
        return response.destroyed;
      },
    };
    await scripted.script(
      {
        messages,
        asked: typeof asked === "string" ? asked : JSON.stringify(asked),
        toolAnswered: messages.at(-1)?.role === "tool",
      },
      answer,
    );
    if (response.destroyed) return;
    send({}, calls > 0 ? "tool_calls" : "stop");
    const prompt = JSON.stringify(messages).length >> 2;
    response.write(
      `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: written } })}\n\n`,
    );
    response.end("data: [DONE]\n\n");
  }

  return scripted;
}
