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

export type Load = OpenLoad | SpeakLoad | CloseLoad;

export interface LoadResult {
  /** Milliseconds from the first request to the last answer. */
  wallMs: number;
  turns: TurnTimes[];
}

export type LoadAnswer = { id: number } & ({ result: LoadResult } | { error: string });
