/**
 * The forms in which Workers AI answers. Sources: https://developers.cloudflare.com/workers-ai/features/streaming/,
 * …/function-calling/, …/json-mode/, and for newer models OpenAI's chat completions.
 */
import type { Model } from "../models/model.ts";
import type { TextEvent } from "./events.ts";
import type { TextRequest } from "./request.ts";

type Finish = Extract<TextEvent, { type: "finish" }>;
type Call = Extract<TextEvent, { type: "call" }>;

interface Whole {
  text: string;
  reasoning: string;
  calls: Call[];
  finish: Finish | null;
}

async function gather(events: AsyncIterable<TextEvent>): Promise<Whole> {
  const whole: Whole = { text: "", reasoning: "", calls: [], finish: null };
  for await (const event of events) {
    if (event.type === "text") whole.text += event.text;
    else if (event.type === "reasoning") whole.reasoning += event.text;
    else if (event.type === "call") whole.calls.push(event);
    else whole.finish = event;
  }
  return whole;
}

/** A value where JSON was asked for and came, as the older models give it. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: the caller sees what was said instead.
    return text;
  }
}

const openAICall = ({ id, name, input }: Call, index: number): object => ({
  id,
  type: "function",
  index,
  function: { name, arguments: input },
});

/** Marks of the answer as a whole: which model it was made by is never a secret. */
export interface Provenance {
  servedBy: string;
}

const marks = ({ servedBy }: Provenance): object => ({
  served_by: servedBy,
  ...(servedBy === "offline" && { offline: true }),
});

export async function renderWhole(
  model: Model,
  request: TextRequest,
  events: AsyncIterable<TextEvent>,
  provenance: Provenance,
): Promise<object> {
  const { text, reasoning, calls, finish } = await gather(events);
  if (model.wire === "chat") {
    const message = {
      role: "assistant",
      content: calls.length > 0 && text === "" ? null : text,
      ...(reasoning !== "" && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls.map(openAICall) }),
    };
    return {
      id: `chatcmpl-${crypto.randomUUID()}`,
      object: "chat.completion",
      created: Math.floor(Date.now() / 1_000),
      model: model.name,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finish?.reason ?? "stop" }],
      usage: finish?.usage,
      ...marks(provenance),
    };
  }
  return {
    response: calls.length > 0 && text === "" ? null : request.schema === null ? text : valueOf(text),
    tool_calls: calls.map(({ name, input }) => ({ name, arguments: valueOf(input) })),
    usage: finish?.usage,
    ...marks(provenance),
  };
}

/** Server-sent events: `data: {…}` for each piece, then the usage, then `data: [DONE]`. */
export async function* renderStream(
  model: Model,
  events: AsyncIterable<TextEvent>,
  provenance: Provenance,
): AsyncGenerator<string, void, undefined> {
  const chunks =
    model.wire === "chat" ? chatChunks(model, events, provenance) : nativeChunks(events, provenance);
  for await (const chunk of chunks) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield "data: [DONE]\n\n";
}

async function* nativeChunks(
  events: AsyncIterable<TextEvent>,
  provenance: Provenance,
): AsyncGenerator<object, void, undefined> {
  let calls = 0;
  for await (const event of events) {
    if (event.type === "text") yield { response: event.text };
    else if (event.type === "call") yield { response: "", tool_calls: [openAICall(event, calls++)] };
    else if (event.type === "finish") {
      // "stop" goes without saying; the older form has no other word for the end.
      const reason = event.reason === "stop" ? {} : { finish_reason: event.reason };
      yield { response: "", ...reason, usage: event.usage, ...marks(provenance) };
    }
  }
}

async function* chatChunks(
  model: Model,
  events: AsyncIterable<TextEvent>,
  provenance: Provenance,
): AsyncGenerator<object, void, undefined> {
  const head = {
    id: `chatcmpl-${crypto.randomUUID()}`,
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1_000),
    model: model.name,
  };
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  yield chunk({ role: "assistant", content: "" });
  let calls = 0;
  for await (const event of events) {
    if (event.type === "text") yield chunk({ content: event.text });
    else if (event.type === "reasoning") yield chunk({ reasoning_content: event.text });
    else if (event.type === "call") yield chunk({ tool_calls: [openAICall(event, calls++)] });
    else {
      yield chunk({}, event.reason);
      yield { ...head, choices: [], usage: event.usage, ...marks(provenance) };
    }
  }
}
