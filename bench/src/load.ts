/** What the bench asks of its load client, and what it gets back. */
import type { Address, Subject, TurnTimes } from "./drivers/contract.ts";

/** New agents under `key`, each answered by `model`; with `firstTurn`, each speaks once. */
export interface OpenLoad {
  do: "open";
  key: string;
  subject: Subject;
  address: Address;
  model: string;
  /** Tokens of each answer. */
  tokens: number;
  agents: number;
  concurrency: number;
  firstTurn: boolean;
  /** Close each conversation once it has spoken. */
  leave: boolean;
}

/** `turns` more turns in each conversation under `key`, `concurrency` conversations at once. */
export interface SpeakLoad {
  do: "speak";
  key: string;
  turns: number;
  concurrency: number;
}

export interface CloseLoad {
  do: "close";
  key: string;
}

/**
 * Requests sent by the clock, whether or not those before them were answered. The time of each counts from when it
 * was due, so that waiting for a busy client or server counts too.
 */
export interface ArriveLoad {
  do: "arrive";
  url: string;
  body: unknown;
  /** What each answer must say, in one server-sent event. */
  expected: string;
  /** Milliseconds after the start at which each is due. */
  arrivals: readonly number[];
}

export type Load = OpenLoad | SpeakLoad | CloseLoad | ArriveLoad;

export interface LoadResult {
  /** Milliseconds from the first request to the last answer. */
  wallMs: number;
  /** Of answers that come whole, the first token comes with the last. */
  turns: TurnTimes[];
}

export type LoadAnswer = { id: number } & ({ result: LoadResult } | { error: string });
