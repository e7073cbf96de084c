/** The index of agents and executions, on the database as it is. */
import { env } from "cloudflare:workers";
import { CreateAgent, newExecutionId, newId, timestamp } from "@orrery/protocol";
import type { ExecutionStatus } from "@orrery/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import type { AgentSettings } from "./agent-settings.ts";
import { agentsAsked, executionsAsked } from "./index-lists.ts";
import type { Asked, ExecutionsAsked } from "./index-lists.ts";
import { Registry } from "./registry.ts";
import type { IndexedExecution } from "./registry.ts";

const registry = new Registry(env.DB);
const at = timestamp(Date.now());
let workspaceId: string;
beforeEach(() => {
  workspaceId = newId();
});

function settingsOf(name: string): AgentSettings {
  const { systemPrompt: _, ...rest } = CreateAgent.parse({ name });
  return { id: newId(), ...rest, createdAt: at, updatedAt: at };
}

const indexed = (agentId: string, status: ExecutionStatus): IndexedExecution => ({
  summary: {
    id: newExecutionId(agentId),
    agentId,
    sessionId: newId(),
    status,
    edgeLocation: "local",
    createdAt: at,
    inputPreview: "",
  },
  version: 3,
});

async function save(settings: AgentSettings, executions: readonly IndexedExecution[] = []): Promise<void> {
  const agent = { workspaceId, settings, requestsHandled: 0, lastActiveAt: null, version: 1 };
  await registry.save(agent, executions);
}

const many = (agentId: string, count: number, status: ExecutionStatus = "completed"): IndexedExecution[] =>
  Array.from({ length: count }, () => indexed(agentId, status));

/** How many rows a statement reads, by the database's own count. */
const rowsRead = async ({ sql, values }: Asked): Promise<number> =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .run()
  ).meta.rows_read;

const planOf = async ({ sql, values }: Asked): Promise<string> => {
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail).join("; ");
};

describe("a page of executions", () => {
  const asked = (query: Partial<ExecutionsAsked> = {}) =>
    executionsAsked(workspaceId, { limit: 2, cursor: "~", ...query });

  it("is found by an index for each of its filters", async () => {
    expect(await planOf(asked())).toMatch(
      /executions USING INDEX executions_by_workspace \(workspace_id=\? AND id</,
    );
    expect(await planOf(asked({ status: "failed" }))).toMatch(
      /executions USING INDEX executions_by_status \(workspace_id=\? AND status=\? AND id</,
    );
    const byAgent = /executions USING INDEX executions_by_agent \(agent_id=\? AND id</;
    expect(await planOf(asked({ agentId: newId() }))).toMatch(byAgent);
    expect(await planOf(asked({ agentId: newId(), status: "failed" }))).toMatch(byAgent);
    for (const query of [{}, { status: "failed" as const }, { agentId: newId() }]) {
      expect(await planOf(asked(query))).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });

  it("reads no more of a large workspace than it shows", async () => {
    const [busy, quiet] = [settingsOf("Busy"), settingsOf("Quiet")];
    await save(quiet, [...many(quiet.id, 3), ...many(quiet.id, 2, "failed")]);
    for (let rounds = 0; rounds < 20; rounds += 1) await save(busy, many(busy.id, 100));
    for (const query of [{}, { status: "failed" as const }, { agentId: quiet.id }]) {
      expect(await rowsRead(asked(query))).toBeLessThan(20);
    }
    expect((await registry.executions(workspaceId, { limit: 5, status: "failed" })).items).toHaveLength(2);
    expect((await registry.executions(workspaceId, { limit: 9, agentId: quiet.id })).items).toHaveLength(5);
    const both = { limit: 9, agentId: quiet.id, status: "failed" } as const;
    expect((await registry.executions(workspaceId, both)).items).toHaveLength(2);
    const stranger = { limit: 9, agentId: quiet.id };
    expect((await registry.executions(newId(), stranger)).items).toEqual([]);
  });

  it("of agents is found by the workspace", async () => {
    const plan = await planOf(
      agentsAsked(workspaceId, { limit: 2, q: "lib", status: "active", cursor: "~" }),
    );
    expect(plan).toMatch(/agents USING INDEX agents_by_workspace \(workspace_id=\? AND id</);
  });
});

describe("removal", () => {
  it("of thousands of executions takes a few statements", async () => {
    const agent = settingsOf("Busy");
    const all = many(agent.id, 2_500);
    for (let from = 0; from < all.length; from += 100) await save(agent, all.slice(from, from + 100));
    const statements: string[] = [];
    const counting = new Proxy(env.DB, {
      get(database, property) {
        if (property === "batch") {
          return (given: D1PreparedStatement[]) => {
            statements.push(...given.map(() => "batched"));
            return database.batch(given);
          };
        }
        if (property !== "prepare") return Reflect.get(database, property) as unknown;
        return (sql: string) => {
          statements.push(sql);
          return database.prepare(sql);
        };
      },
    });
    const removed = all.slice(0, 1_500).map(({ summary }) => summary.id);
    await new Registry(counting).removeExecutions(removed);
    expect(statements).toHaveLength(2);
    expect((await registry.executionVersions(agent.id)).size).toBe(1_000);

    await new Registry(counting).removeAgent(agent.id);
    expect(statements.length).toBeLessThan(12);
    expect((await registry.executionVersions(agent.id)).size).toBe(0);
    expect((await registry.agents(workspaceId, { limit: 5 })).items).toEqual([]);
  });
});

describe("search", () => {
  const found = async (q: string): Promise<string[]> =>
    (await registry.agents(workspaceId, { limit: 10, q })).items.map(({ name }) => name);

  it("finds the beginnings of words in names, of any script and length", async () => {
    const long = `${"Ё".repeat(60)} ${"É".repeat(55)}`;
    for (const name of ["foo-bar baz", "ÜBERSETZER", "100 % sure", long]) await save(settingsOf(name));
    expect(await found("bar")).toEqual(["foo-bar baz"]);
    expect(await found("übersetzer")).toEqual(["ÜBERSETZER"]);
    expect(await found("ü")).toEqual(["ÜBERSETZER"]);
    expect(await found("%")).toEqual([]);
    expect(await found("ё".repeat(60))).toEqual([long]);
    expect(await found(long)).toEqual([long]);
    expect(await found("x".repeat(120))).toEqual([]);
  });

  it("finds an id in full", async () => {
    const agent = settingsOf("Known");
    await save(agent);
    expect(await found(agent.id)).toEqual(["Known"]);
    expect(await found(agent.id.slice(0, -1))).toEqual([]);
  });

  it("follows a name that changes", async () => {
    const agent = settingsOf("Before");
    await save(agent);
    await save({ ...agent, name: "Nach der Änderung" });
    expect(await found("before")).toEqual([]);
    expect(await found("ÄNDERUNG")).toEqual(["Nach der Änderung"]);
  });
});
