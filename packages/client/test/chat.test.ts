/** A chat of the AI SDK, with the SDK's own state machine, in front of an agent. */
import type { TurnChunk } from "@orrery/protocol";
import { AbstractChat, type ChatState, type ChatStatus, type ChatTransport, type UIMessage } from "ai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orreryChatTransport, type OrreryChatTransportOptions } from "../src/chat/index.ts";
import { createClient, knownParts, textOf, type OrreryClient } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, textAnswer, type WireServer } from "./wire/wire-server.ts";

/** A chat's state as a framework keeps it, without one. */
class PlainState implements ChatState<UIMessage> {
  status: ChatStatus = "ready";
  error: Error | undefined;
  messages: UIMessage[] = [];
  pushMessage = (message: UIMessage) => void (this.messages = [...this.messages, message]);
  popMessage = () => void (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index: number, message: UIMessage) => {
    this.messages = this.messages.with(index, structuredClone(message));
  };
  snapshot = <Thing>(thing: Thing): Thing => structuredClone(thing);
}

class PlainChat extends AbstractChat<UIMessage> {
  constructor(transport: ChatTransport<UIMessage>, messages: UIMessage[] = []) {
    const state = new PlainState();
    state.messages = messages;
    super({ state, transport, generateId: () => crypto.randomUUID() });
  }
}

let wire: WireServer;
let client: OrreryClient;
let agentId: string;

beforeAll(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
  agentId = (await client.agents.create({ name: "Ada" })).id;
});
afterAll(() => wire.close());
beforeEach(() => {
  wire.requests.length = 0;
  wire.release();
  wire.answer((input) => textAnswer(`echo: ${input}`));
});

const transport = (options: Partial<OrreryChatTransportOptions> = {}) =>
  orreryChatTransport(client, { agentId, ...options });

const texts = (chat: PlainChat): string[] =>
  chat.messages.map((message) => textOf({ parts: knownParts(message) }));

const asked = () =>
  wire.requests
    .filter(({ method, path }) => method === "POST" && path.endsWith("/executions"))
    .map(({ body }) => body as { input: unknown; sessionId?: string; variables?: unknown });

const failure = (chat: PlainChat) => [chat.status, chat.error?.message];

describe("a chat", () => {
  test("is one conversation, of which only the last message is sent", async () => {
    const sessions: string[] = [];
    const chat = new PlainChat(transport({ onSession: (id) => void sessions.push(id) }));
    await chat.sendMessage({ text: "one" });
    await chat.sendMessage({ text: "two" }, { body: { variables: { tone: "dry" } } });
    expect(failure(chat)).toEqual(["ready", undefined]);
    expect(texts(chat)).toEqual(["one", "echo: one", "two", "echo: two"]);
    expect(sessions).toHaveLength(1);
    expect(asked()).toEqual([
      { input: "one", stream: true },
      { input: "two", stream: true, sessionId: sessions[0], variables: { tone: "dry" } },
    ]);
    expect(chat.messages.at(-1)?.metadata).toMatchObject({
      sessionId: sessions[0],
      model: "offline/extract",
    });
  });

  test("sends files beside the text, and asks again for another answer", async () => {
    const chat = new PlainChat(transport());
    const url = "data:text/plain;base64,aGk=";
    await chat.sendMessage({
      text: "what is it?",
      files: [{ type: "file", mediaType: "text/plain", filename: "a.txt", url }],
    });
    await chat.regenerate();
    const [first, again] = asked();
    expect(first?.input).toEqual(
      expect.arrayContaining([
        { type: "file", mediaType: "text/plain", filename: "a.txt", url },
        { type: "text", text: "what is it?" },
      ]),
    );
    expect(again?.input).toEqual(first?.input);
    expect(chat.messages).toHaveLength(2);
  });

  test("outlives dropped connections", async () => {
    wire.cut({ chunks: 3 }, { chunks: 1 });
    const chat = new PlainChat(transport());
    await chat.sendMessage({ text: "a b c d" });
    expect(texts(chat)).toEqual(["a b c d", "echo: a b c d"]);
  });

  test("that is stopped has its execution cancelled", async () => {
    wire.hold(4);
    const chat = new PlainChat(transport());
    const answered = chat.sendMessage({ text: "a b c d" });
    await expect.poll(() => texts(chat).at(-1)).toContain("echo:");
    await chat.stop();
    await answered;
    await expect.poll(() => [...wire.executions.values()].at(-1)?.status).toBe("cancelled");
    expect(chat.status).toBe("ready");
  });

  test("that is stopped before its answer begins is ready at once, and has its execution cancelled", async () => {
    wire.hold(0);
    const chat = new PlainChat(transport());
    const before = wire.executions.size;
    const answered = chat.sendMessage({ text: "a b c d" });
    await expect.poll(() => wire.executions.size).toBe(before + 1);
    await chat.stop();
    await answered;
    expect(failure(chat)).toEqual(["ready", undefined]);
    const execution = [...wire.executions.values()].at(-1);
    expect(execution?.status).toBe("running");
    wire.release(1);
    await expect.poll(() => execution?.status).toBe("cancelled");
  });

  test("that is opened again goes on with an answer that is under way, from its beginning", async () => {
    wire.hold(4);
    let sessionId = "";
    const first = new PlainChat(transport({ onSession: (id) => void (sessionId = id) }));
    void first.sendMessage({ text: "a b c d" });
    await expect.poll(() => texts(first).at(-1)).toContain("echo:");

    const again = new PlainChat(transport({ sessionId }), [
      { id: "q", role: "user", parts: [{ type: "text", text: "a b c d" }] },
    ]);
    const resumed = again.resumeStream();
    await expect.poll(() => texts(again).at(-1)).toContain("echo:");
    wire.release();
    await resumed;
    expect(texts(again)).toEqual(["a b c d", "echo: a b c d"]);
    // Nothing is under way any more.
    await again.resumeStream();
    expect(texts(again)).toEqual(["a b c d", "echo: a b c d"]);
    expect([...wire.executions.values()].at(-1)?.status).toBe("completed");
  });
});

const call: TurnChunk = { type: "tool-input-available", toolCallId: "c", toolName: "look", input: {} };
const done: TurnChunk = { type: "tool-output-available", toolCallId: "c", output: 1 };
const delta = (id: string, text: string): TurnChunk => ({ type: "text-delta", id, delta: text });
const restart = (keepParts: number, keepText?: number): TurnChunk => ({
  type: "data-restart",
  transient: true,
  data: { keepParts, ...(keepText !== undefined && { keepText }) },
});

describe("what a restart takes back", () => {
  test.each<[what: string, chunks: TurnChunk[], text: string]>([
    [
      "the end of a text",
      [delta("t", "one two thr"), restart(2, 7), delta("t", " three"), { type: "text-end", id: "t" }],
      "one two three",
    ],
    [
      "the end of a text that had ended",
      [delta("t", "one tw"), { type: "text-end", id: "t" }, restart(2, 3), delta("t", " two")],
      "one two",
    ],
    [
      "parts behind a text",
      [
        delta("t", "one"),
        { type: "text-end", id: "t" },
        { type: "text-start", id: "u" },
        delta("u", "wrong"),
        restart(2),
        { type: "text-start", id: "u" },
        delta("u", "two"),
      ],
      "one\n\ntwo",
    ],
    [
      "the whole step",
      [
        delta("t", "wrong"),
        restart(0),
        { type: "start-step" },
        { type: "text-start", id: "t" },
        delta("t", "right"),
      ],
      "right",
    ],
    ["nothing", [delta("t", "one"), restart(2, 3), delta("t", " two")], "one two"],
    [
      "text behind a tool's call, which stays",
      [
        delta("t", "one"),
        { type: "text-end", id: "t" },
        call,
        done,
        { type: "text-start", id: "u" },
        delta("u", "x"),
        restart(3),
      ],
      "one",
    ],
  ])("is gone from the chat: %s", async (_, chunks, text) => {
    wire.answer(() => [{ type: "start-step" }, { type: "text-start", id: "t" }, ...chunks]);
    const chat = new PlainChat(transport());
    await chat.sendMessage({ text: "go" });
    expect(failure(chat)).toEqual(["ready", undefined]);
    expect(texts(chat).at(-1)).toBe(text);
    const tools = chat.messages.at(-1)?.parts.filter(({ type }) => type === "tool-look") ?? [];
    expect(tools).toHaveLength(chunks.includes(call) ? 1 : 0);
  });

  test("is said anew where a chat cannot forget it, as after a line that broke", async () => {
    const whole: TurnChunk[] = [
      { type: "start-step" },
      call,
      done,
      { type: "start-step" },
      { type: "text-start", id: "t" },
      delta("t", "wrong"),
      restart(2),
      done,
      { type: "start-step" },
      { type: "text-start", id: "t" },
      delta("t", "right"),
    ];
    wire.answer((input) => (input === "go" ? whole : whole.toSpliced(3, 4)));
    const followed: string[] = [];
    // The platform's replay of an answer has nothing to take back: here, that of an execution that never had.
    const follow: OrreryClient["executions"]["follow"] = (id) => {
      followed.push(id);
      return client.executions.stream(agentId, "replay");
    };
    const chat = new PlainChat(
      orreryChatTransport({ executions: { ...client.executions, follow } }, { agentId }),
    );
    await chat.sendMessage({ text: "go" });
    expect(failure(chat)).toEqual(["error", expect.stringContaining("begins again")]);
    const [execution] = [...wire.executions.values()].slice(-1);
    await chat.resumeStream();
    expect(followed).toEqual([execution?.id]);
    expect(failure(chat)).toEqual(["ready", undefined]);
    expect(texts(chat).at(-1)).toBe("right");
  });
});
