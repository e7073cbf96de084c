import { newExecutionId, newId } from "@orrery/protocol";
import { expect, it } from "vitest";
import { AgentIndex } from "./agent-index.ts";
import type { AgentRecords } from "./agent-records.ts";
import { noWork } from "./agent-settings.ts";
import type { AgentSpending } from "./agent-spending.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import type { Registry } from "./registry.ts";

const agentId = newId();

const rowOf = (): ExecutionRow => ({
  id: newExecutionId(agentId, 0),
  sessionId: "s",
  previousId: null,
  status: "completed",
  request: { input: "?", prompt: "?", documents: [], edgeLocation: "local" },
  outcome: { items: [], restarts: [] },
  createdAt: 0,
  firstTokenAt: null,
  completedAt: 1,
});

it("a repair is over before the agent's removal goes on, and writes nothing from then on", async () => {
  const records = {
    removing: false,
    work: noWork,
    known: { workspaceId: "w", settings: { id: agentId, confidential: false }, version: 1 },
    settings: { id: agentId, confidential: false },
    noteWork: () => undefined,
  };
  const saved: number[] = [];
  const writing = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const registry = {
    executionVersions: () => Promise.resolve(new Map<string, number>()),
    save: async (_: unknown, rows: readonly unknown[]) => {
      // What the outbox sends before the repair is empty.
      if (rows.length > 0) {
        began.resolve();
        await writing.promise;
      }
      saved.push(rows.length);
    },
    removeExecutions: () => Promise.resolve(),
  };
  const rows = Array.from({ length: 250 }, rowOf);
  const index = new AgentIndex(
    records as unknown as AgentRecords,
    { executions: () => rows } as unknown as ExecutionStore,
    registry as unknown as Registry,
    { book: () => Promise.resolve() } as unknown as AgentSpending,
    () => null,
  );
  const checked = index.check(true);
  await began.promise;
  records.removing = true;
  let isStopped = false;
  const stopped = index.stop().then(() => (isStopped = true));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isStopped).toBe(false);
  writing.resolve();
  await Promise.all([checked, stopped]);
  expect(saved).toEqual([0, 100]);
});
