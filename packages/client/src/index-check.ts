import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** One thing that the index says otherwise than the agent that owns it. */
export interface IndexDifference {
  agentId: string;
  executionId?: string;
  kind: string;
  detail: string;
}

export interface IndexReport {
  /** Entries compared. */
  checked: number;
  differences: IndexDifference[];
  /** Entries written anew. */
  repaired: number;
}

/** The index by which agents and executions are listed, against the agents' own records. Needs `admin`. */
export interface Index {
  check(options?: RequestOptions): Promise<IndexReport>;
  /** Writes the index anew from the agents' records. */
  rebuild(options?: WriteOptions): Promise<IndexReport>;
}

export function createIndex(transport: Transport): Index {
  return {
    check: (options) =>
      transport.json({ timeoutMs: 0, ...options, method: "POST", path: "/api/v1/index/check" }),
    rebuild: (options) =>
      transport.json({ timeoutMs: 0, ...options, method: "POST", path: "/api/v1/index/rebuild" }),
  };
}
