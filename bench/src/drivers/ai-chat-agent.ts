import type { Driver } from "./contract.ts";
import { Stopwatch } from "./event-reader.ts";

interface Part {
  type: string;
  text: string;
}

interface UiMessage {
  id: string;
  role: "user" | "assistant";
  parts: Part[];
}

/** A frame of the agent's socket that answers a chat request. */
interface ChatResponse {
  type: string;
  id: string;
  body: string;
  done: boolean;
  error?: boolean;
}

type Chunk =
  | { type: "start"; messageId?: string }
  | { type: "text-delta"; delta: string }
  | { type: "error"; errorText: string }
  | { type: "other" };

/**
 * The agents SDK's chat protocol, as its `WebSocketChatTransport` speaks it under `useAgentChat`: the client
 * keeps the conversation, sends all of it with each turn, and reads UI message chunks from the socket.
 */
export const aiChatAgent: Driver = {
  async open({ url }, model, expected) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/agents/chat-agent/${crypto.randomUUID()}`);
    const messages: UiMessage[] = [];
    let receive: (frame: ChatResponse) => void = () => {};
    let fail: (error: Error) => void = () => {};
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as ChatResponse;
      if (frame.type === "cf_agent_use_chat_response") receive(frame);
    });
    socket.addEventListener("close", () => fail(new Error("the agent closed its socket")));
    await opened(socket);

    const turn = async (input: string) => {
      const id = crypto.randomUUID();
      const watch = new Stopwatch(expected);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const answer: UiMessage = { id: "", role: "assistant", parts: [{ type: "text", text: "" }] };
      fail = reject;
      receive = (frame) => {
        if (frame.id !== id) return;
        if (frame.error) reject(new Error(frame.body));
        if (frame.body?.trim()) read(JSON.parse(frame.body) as Chunk);
        if (frame.done) resolve();
      };
      const read = (chunk: Chunk): void => {
        if (chunk.type === "text-delta") {
          watch.piece(chunk.delta);
          const [part] = answer.parts;
          if (part) part.text += chunk.delta;
        } else if (chunk.type === "start") answer.id = chunk.messageId ?? crypto.randomUUID();
        else if (chunk.type === "error") reject(new Error(chunk.errorText));
      };
      messages.push({ id: crypto.randomUUID(), role: "user", parts: [{ type: "text", text: input }] });
      const body = JSON.stringify({ messages, trigger: "submit-message", model });
      socket.send(JSON.stringify({ id, init: { method: "POST", body }, type: "cf_agent_use_chat_request" }));
      await promise;
      messages.push(answer);
      return watch.done();
    };
    return { turn, close: () => socket.close() };
  },
};

function opened(socket: WebSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.addEventListener("open", () => resolve(), { once: true });
  socket.addEventListener("error", () => reject(new Error(`no socket at ${socket.url}`)), { once: true });
  return promise;
}
