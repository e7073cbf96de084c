/** The offline models as a provider: `extract`, `hash-768` and `draw`. */
import type { ModelMessage } from "ai";
import { ModelError } from "../../contract.ts";
import type { Provider, ProviderEvent, ProviderRequest } from "../../contract.ts";
import { cannotContinue } from "../../wire/continuation.ts";
import { answerBlocks, type Block } from "./answer.ts";
import { readConversation } from "./conversation.ts";
import { drawImage } from "./draw.ts";
import { hashEmbedding } from "./hash-embedding.ts";
import { planFor } from "./plan.ts";
import { canonicalJson, stableId } from "./stable-id.ts";

/** Characters of one token: no tokenizer is here to count, and four is near what English text has. */
const charactersOfToken = 4;

const tokens = (characters: number): number => Math.ceil(characters / charactersOfToken);

function charactersOf(messages: readonly ModelMessage[]): number {
  let characters = 0;
  for (const { content } of messages) {
    if (typeof content === "string") characters += content.length;
    else {
      for (const part of content) {
        if (part.type === "text" || part.type === "reasoning") characters += part.text.length;
        else if (part.type === "tool-call") characters += canonicalJson(part.input).length;
        else if (part.type === "tool-result") characters += canonicalJson(part.output).length;
      }
    }
  }
  return characters;
}

/** A text word by word, each with the white space after it. */
const wordsOf = (text: string): string[] => text.match(/(?:^\s+)?\S+\s*/g) ?? [];

function* stepOf(
  blocks: readonly Block[],
  maxTokens: number,
): Generator<ProviderEvent, { characters: number; cut: boolean }> {
  const room = maxTokens * charactersOfToken;
  let characters = 0;
  const cited = new Set<string>();
  for (const [number, { text, sources }] of blocks.entries()) {
    const piece = number === 0 ? text : `\n\n${text}`;
    const fits = characters + piece.length <= room;
    // A quotation without its place would be worth nothing: only the first block is ever cut.
    if (!fits && number > 0) return { characters, cut: true };
    for (const source of sources) {
      if (!cited.has(source.id)) yield { type: "source", source };
      cited.add(source.id);
    }
    for (const word of wordsOf(piece)) {
      if (characters + word.length > room) return { characters, cut: true };
      characters += word.length;
      yield { type: "text", text: word };
    }
  }
  return { characters, cut: false };
}

async function* stream(request: ProviderRequest): AsyncGenerator<ProviderEvent, void, undefined> {
  const { messages, tools, signal } = request;
  if (request.prefill !== undefined) throw cannotContinue("offline");
  if (request.responseFormat !== undefined) {
    throw new ModelError(
      "invalid_request",
      "offline/extract answers in quotations and not in JSON: choose a language model",
      { retryable: false },
    );
  }
  signal.throwIfAborted();
  const conversation = await readConversation(messages);
  signal.throwIfAborted();
  const { asked, calls } = planFor(conversation, tools);
  const inputTokens = tokens((request.system?.length ?? 0) + charactersOf(messages));

  if (calls.length > 0) {
    let characters = 0;
    for (const [number, { name, input }] of calls.entries()) {
      const json = canonicalJson(input);
      characters += name.length + json.length;
      const place = `${messages.length} ${conversation.calls.length + number}`;
      yield { type: "tool-call", id: `call_${stableId(`${place} ${name} ${json}`)}`, name, input };
      signal.throwIfAborted();
    }
    yield { type: "finish", reason: "tool-calls", usage: { inputTokens, outputTokens: tokens(characters) } };
    return;
  }

  const step = stepOf(answerBlocks(conversation, asked), request.maxTokens);
  let next = step.next();
  while (!next.done) {
    yield next.value;
    signal.throwIfAborted();
    next = step.next();
  }
  const { characters, cut } = next.value;
  yield {
    type: "finish",
    reason: cut ? "length" : "stop",
    usage: { inputTokens, outputTokens: tokens(characters) },
  };
}

/** Texts that are hashed before others get their turn. */
const embedBatch = 256;

/**
 * Models that are no models: they need no network and no key, and the same request always gives the same.
 * `extract` answers in verbatim sentences of the documents it is given, calls tools by rule, and says so when
 * it finds nothing; its token counts are estimates, a quarter of the characters rounded up. `hash-768` embeds
 * by spelling, and `draw` draws planets. An aborted `signal` ends a step with the signal's own reason.
 */
export const offlineProvider = (): Provider => ({
  name: "offline",
  extractive: true,
  unavailable: () => null,
  stream,
  embedBatch,
  async embed({ values, signal }) {
    signal.throwIfAborted();
    return {
      embeddings: values.map(hashEmbedding),
      inputTokens: tokens(values.reduce((sum, { length }) => sum + length, 0)),
    };
  },
  async image({ signal, ...request }) {
    signal.throwIfAborted();
    return {
      bytes: await drawImage(request),
      mediaType: "image/png",
      inputTokens: tokens(request.prompt.length),
      outputTokens: 0,
    };
  },
});
