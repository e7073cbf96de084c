/** Where the index in D1 and an agent's object differ. */
import type { IndexedExecution, Registry } from "./registry.ts";

export interface IndexDifference {
  agentId: string;
  executionId?: string;
  kind: "missing-agent" | "missing" | "stale" | "extra";
  detail: string;
}

/** Compares all of an agent's executions, `truth`, with what the index holds of it. */
export async function compareIndex(
  registry: Pick<Registry, "executionVersions">,
  agentId: string,
  truth: Iterable<IndexedExecution>,
): Promise<{ differences: IndexDifference[]; wanting: IndexedExecution[]; extra: string[] }> {
  const indexed = await registry.executionVersions(agentId);
  const differences: IndexDifference[] = [];
  const wanting: IndexedExecution[] = [];
  for (const row of truth) {
    const { id } = row.summary;
    const version = indexed.get(id);
    indexed.delete(id);
    if (version === row.version) continue;
    wanting.push(row);
    differences.push({
      agentId,
      executionId: id,
      kind: version === undefined ? "missing" : "stale",
      detail:
        version === undefined
          ? "the index lacks this execution"
          : `the index holds an older state (${version} of ${row.version})`,
    });
  }
  const extra = [...indexed.keys()];
  for (const executionId of extra) {
    differences.push({ agentId, executionId, kind: "extra", detail: "the agent has no such execution" });
  }
  return { differences, wanting, extra };
}
