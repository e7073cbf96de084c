import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** One thing that the index says otherwise than the agent that owns it. */
export interface IndexDifference {
  agentId: string;
  executionId?: string;
  kind: "missing-agent" | "missing" | "stale" | "extra";
  detail: string;
}

export interface IndexReport {
  /** Agents looked at. */
  checked: number;
  differences: IndexDifference[];
  /** Whether the differences were mended. */
  repaired: boolean;
}

/** The index by which agents and executions are listed, against the agents' own records. Needs `admin`. */
export interface Index {
  check(options?: RequestOptions): Promise<IndexReport>;
  /** Makes the index agree with the agents' records. */
  rebuild(options?: WriteOptions): Promise<IndexReport>;
}

export function createIndex(transport: Transport): Index {
  /** Goes through all agents, a page at a time: each of them is woken for it. */
  async function inspect(path: string, options: RequestOptions | undefined): Promise<IndexReport> {
    const report: IndexReport = { checked: 0, differences: [], repaired: false };
    let cursor: string | undefined;
    do {
      const page: IndexReport & { nextCursor: string | null } = await transport.json({
        timeoutMs: 0,
        ...options,
        method: "POST",
        path,
        query: { cursor },
      });
      report.checked += page.checked;
      report.differences.push(...page.differences);
      report.repaired ||= page.repaired;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return report;
  }

  return {
    check: (options) => inspect("/api/v1/index/check", options),
    rebuild: (options) => inspect("/api/v1/index/rebuild", options),
  };
}
