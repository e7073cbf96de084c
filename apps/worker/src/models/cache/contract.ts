/** The contract between the gateway and the cache of answers. No implementation lives here. */
import type { CachePolicy, FilterPolicy, FinishReason } from "@orrery/protocol";
import type { ModelEvent, ModelRequest } from "../contract.ts";

/** What is kept of an answer: its events as they were yielded, after the output filter. */
export interface CachedAnswer {
  events: Extract<ModelEvent, { type: "text" | "reasoning" | "tool-call" | "source" | "filtered" }>[];
  reason: FinishReason;
  model: string;
  extractive: boolean;
  usage: { inputTokens: number; outputTokens: number };
}

export interface CacheQuestion {
  request: ModelRequest;
  /** Catalog id of the model that would be asked. */
  model: string;
  policy: CachePolicy;
  /** Answers are kept as filtered, so another filter is another question. */
  filter: FilterPolicy;
  /** Embeds the last message, for `semantic`; null where no embedding model can be used. */
  embed: ((text: string) => Promise<{ model: string; vector: number[] }>) | null;
}

export type CacheLookup =
  | { found: "hit"; answer: CachedAnswer; similarity: number }
  /** Nobody has the answer: who got this makes it, and everyone who asks meanwhile waits for it. */
  | { found: "lead"; lead: CacheLead }
  /** The question may not be cached, or the one being waited for did not come in time: ask the model. */
  | { found: "miss" };

export interface CacheLead {
  store(answer: CachedAnswer): Promise<void>;
  /** The answer failed: the next who waits takes over. */
  abandon(): Promise<void>;
}

export interface AnswerCache {
  /** Never throws: a cache that cannot be reached is a miss, and logged. */
  lookup(question: CacheQuestion): Promise<CacheLookup>;
}
