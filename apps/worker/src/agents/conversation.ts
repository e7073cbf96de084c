/**
 * What a model reads of a conversation: a bounded window of its newest turns, kept in memory while the
 * conversation is hot and read backwards from disk when it is not. So a turn costs the same whether it
 * is the tenth or the four-hundredth.
 */
import type { AssistantContent, ModelMessage } from "ai";
import type { DocumentReference, ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { imagesAmong } from "./seen-images.ts";
import type { Item } from "./transcript.ts";

/** Turns and characters of earlier conversation that a model is shown. */
const window = { turns: 20, characters: 60_000 };
/** Characters of an earlier turn's tool answer that are shown again. */
const earlierOutput = 4_000;
/** Conversations kept in memory for one agent. */
const hotConversations = 16;

type AnswerPart = Exclude<AssistantContent, string>[number];

interface Exchange {
  messages: ModelMessage[];
  /** Images that came with the question. */
  images: readonly DocumentReference[];
  characters: number;
}

interface Conversation {
  lastExecutionId: string | null;
  /** Oldest first. */
  exchanges: Exchange[];
}

export class Conversations {
  readonly #store: ExecutionStore;
  readonly #hot = new Map<string, Conversation>();

  constructor(store: ExecutionStore) {
    this.#store = store;
  }

  /** Messages of the turns before `row`, oldest first, within the window. */
  before(row: ExecutionRow): ModelMessage[] {
    return this.#before(row).flatMap((exchange) => exchange.messages);
  }

  /** Images given in those turns, oldest first. */
  imagesBefore(row: ExecutionRow): DocumentReference[] {
    return this.#before(row).flatMap((exchange) => exchange.images);
  }

  #before(row: ExecutionRow): readonly Exchange[] {
    let conversation = this.#hot.get(row.sessionId);
    if (conversation?.lastExecutionId !== row.previousId) {
      conversation = this.#read(row.previousId);
      this.#keep(row.sessionId, conversation);
    }
    return conversation.exchanges;
  }

  /** Adds a finished turn to its conversation. */
  add(row: ExecutionRow): void {
    const conversation = this.#hot.get(row.sessionId);
    if (!conversation || conversation.lastExecutionId !== row.previousId) return;
    conversation.exchanges.push(exchangeOf(row));
    conversation.lastExecutionId = row.id;
    trim(conversation.exchanges);
  }

  forget(sessionId: string): void {
    this.#hot.delete(sessionId);
  }

  forgetAll(): void {
    this.#hot.clear();
  }

  #read(lastExecutionId: string | null): Conversation {
    const exchanges: Exchange[] = [];
    let characters = 0;
    for (const row of this.#store.backwards(lastExecutionId)) {
      const exchange = exchangeOf(row);
      characters += exchange.characters;
      if (exchanges.length > 0 && characters > window.characters) break;
      exchanges.unshift(exchange);
      if (exchanges.length === window.turns) break;
    }
    return { lastExecutionId, exchanges };
  }

  #keep(sessionId: string, conversation: Conversation): void {
    this.#hot.delete(sessionId);
    this.#hot.set(sessionId, conversation);
    if (this.#hot.size > hotConversations) {
      for (const oldest of this.#hot.keys()) {
        this.#hot.delete(oldest);
        break;
      }
    }
  }
}

function trim(exchanges: Exchange[]): void {
  let characters = exchanges.reduce((sum, exchange) => sum + exchange.characters, 0);
  while (exchanges.length > window.turns || (exchanges.length > 1 && characters > window.characters)) {
    characters -= exchanges.shift()?.characters ?? 0;
  }
}

function exchangeOf(row: ExecutionRow): Exchange {
  if (row.unreadable) return { messages: [], images: [], characters: 0 };
  const answer = messagesOf(row.outcome?.items ?? [], earlierOutput);
  const messages: ModelMessage[] = [{ role: "user", content: row.request.prompt }, ...answer];
  if (answer.length === 0)
    messages.push({ role: "assistant", content: "(This turn was stopped before there was an answer.)" });
  const images = imagesAmong(row.request.documents);
  return { messages, images, characters: JSON.stringify(messages).length };
}

/**
 * The assistant's and tools' messages of finished steps. A step that was cut short gives what it said;
 * calls without a result are left out, since a model's provider refuses them. With `outputLimit`, characters
 * of a tool's answer, the messages are those of an earlier turn.
 */
export function messagesOf(items: readonly Item[], outputLimit?: number): ModelMessage[] {
  const current = outputLimit === undefined;
  const messages: ModelMessage[] = [];
  for (const step of stepsOf(items)) {
    const calls = step.filter((item) => item.k === "call");
    const names = new Map(calls.map((call) => [call.id, call.name]));
    // In the order of the calls, as some providers want them: they were recorded as they came.
    const recorded = new Map(step.filter((item) => item.k === "result").map((result) => [result.id, result]));
    const results = calls.map(({ id }) => recorded.get(id)).filter((result) => result !== undefined);
    const answered = new Set(results.map((result) => result.id));
    const content = step.flatMap((item): AnswerPart[] => {
      const back = "meta" in item && item.meta ? { providerOptions: item.meta } : {};
      if (item.k === "text" && item.text) return [{ type: "text", text: item.text }];
      // Thoughts go back only to who signed them, and only while the turn they belong to lasts.
      if (item.k === "reasoning" && item.meta && current)
        return [{ type: "reasoning", text: item.text, ...back }];
      if (item.k === "call" && answered.has(item.id)) {
        return [{ type: "tool-call", toolCallId: item.id, toolName: item.name, input: item.input, ...back }];
      }
      return [];
    });
    if (content.length === 0) continue;
    messages.push({ role: "assistant", content });
    if (results.length === 0) continue;
    messages.push({
      role: "tool",
      content: results.map((result) => ({
        type: "tool-result",
        toolCallId: result.id,
        toolName: names.get(result.id) ?? "",
        output:
          result.error === undefined
            ? { type: "text", value: shortened(textOf(result.output), outputLimit) }
            : { type: "error-text", value: result.error },
      })),
    });
  }
  return messages;
}

function* stepsOf(items: readonly Item[]): Generator<Item[]> {
  let step: Item[] = [];
  for (const item of items) {
    if (item.k === "step" && step.length > 0) {
      yield step;
      step = [];
    }
    step.push(item);
  }
  if (step.length > 0) yield step;
}

const textOf = (output: unknown): string => (typeof output === "string" ? output : JSON.stringify(output));

const shortened = (text: string, limit = Number.POSITIVE_INFINITY): string =>
  text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
