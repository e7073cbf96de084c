/** The registry of agents and the index of executions, in D1. */
import { Agent, ExecutionSummary, agentTagOf } from "@orrery/protocol";
import type { AgentsQuery, Page } from "@orrery/protocol";
import type { AgentSettings } from "./agent-settings.ts";
import { agentsAsked, executionsAsked } from "./index-lists.ts";
import type { ExecutionsAsked } from "./index-lists.ts";
import { searchNameOf } from "./name-search.ts";

export interface IndexedAgent {
  workspaceId: string;
  settings: AgentSettings;
  requestsHandled: number;
  lastActiveAt: number | null;
  version: number;
}

export interface IndexedExecution {
  summary: ExecutionSummary;
  /** Grows with the execution's states: accepted, running, final. */
  version: number;
}

interface AgentRow {
  settings: string;
  requests_handled: number;
  last_active_at: number | null;
}

/** Rows that one statement removes: the database does nothing else meanwhile. */
const removedAtOnce = 1_000;

export class Registry {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Writes an agent and some of its executions, unless the index holds newer versions. */
  async save(agent: IndexedAgent, executions: readonly IndexedExecution[]): Promise<void> {
    const { settings } = agent;
    const saveAgent = this.#db
      .prepare(
        `INSERT INTO agents
           (id, workspace_id, tag, name, search_name, application, status, settings, requests_handled, last_active_at, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, search_name = excluded.search_name,
           status = excluded.status, settings = excluded.settings, requests_handled = excluded.requests_handled, last_active_at = excluded.last_active_at, version = excluded.version
         WHERE excluded.version >= version AND excluded.requests_handled >= requests_handled`,
      )
      .bind(
        settings.id,
        agent.workspaceId,
        agentTagOf(settings.id),
        settings.name,
        searchNameOf(settings.name),
        settings.application,
        settings.status,
        JSON.stringify(settings),
        agent.requestsHandled,
        agent.lastActiveAt,
        agent.version,
      );
    if (executions.length === 0) {
      await saveAgent.run();
      return;
    }
    // One statement however many there are: each costs a call of the database's own.
    const saveExecutions = this.#db
      .prepare(
        `INSERT INTO executions (id, workspace_id, agent_id, status, summary, version)
         SELECT value ->> '$.id', ?1, ?2, value ->> '$.status', value ->> '$.summary', value ->> '$.version'
         FROM json_each(?3) WHERE true
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, summary = excluded.summary, version = excluded.version
         WHERE excluded.version >= version`,
      )
      .bind(
        agent.workspaceId,
        settings.id,
        JSON.stringify(
          executions.map(({ summary, version }) => ({
            id: summary.id,
            status: summary.status,
            summary: JSON.stringify(summary),
            version,
          })),
        ),
      );
    await this.#db.batch([saveAgent, saveExecutions]);
  }

  /** The agent that an execution belongs to, found by the tag that its id carries; null where there is none here. */
  async agentsByTag(workspaceId: string, tag: string): Promise<string[]> {
    const { results } = await this.#db
      .prepare(`SELECT id FROM agents WHERE tag = ? AND workspace_id = ?`)
      .bind(tag, workspaceId)
      .all<{ id: string }>();
    return results.map((row) => row.id);
  }

  /** Agents of a workspace, newest first, without waking any of them. */
  async agents(workspaceId: string, query: AgentsQuery): Promise<Page<Agent>> {
    const { sql, values } = agentsAsked(workspaceId, query);
    const { results } = await this.#db
      .prepare(sql)
      .bind(...values)
      .all<AgentRow>();
    return pageOfRows(results, query.limit, agentOfRow, (agent) => agent.id);
  }

  /** Executions of a workspace, newest first, each with its agent's name. */
  async executions(workspaceId: string, query: ExecutionsAsked): Promise<Page<ExecutionSummary>> {
    const { sql, values } = executionsAsked(workspaceId, query);
    const { results } = await this.#db
      .prepare(sql)
      .bind(...values)
      .all<{ summary: string; agent_name: string | null }>();
    const summaryOf = (row: { summary: string; agent_name: string | null }): ExecutionSummary =>
      ExecutionSummary.parse({
        ...JSON.parse(row.summary),
        ...(row.agent_name && { agentName: row.agent_name }),
      });
    return pageOfRows(results, query.limit, summaryOf, (summary) => summary.id);
  }

  /** All versions of an agent's executions that the index holds, for comparing with the object's. */
  async executionVersions(agentId: string): Promise<Map<string, number>> {
    const { results } = await this.#db
      .prepare(`SELECT id, version FROM executions WHERE agent_id = ?`)
      .bind(agentId)
      .all<{ id: string; version: number }>();
    return new Map(results.map((row) => [row.id, row.version]));
  }

  async removeExecutions(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += removedAtOnce) {
      await this.#db
        .prepare(`DELETE FROM executions WHERE id IN (SELECT value FROM json_each(?))`)
        .bind(JSON.stringify(ids.slice(from, from + removedAtOnce)))
        .run();
    }
  }

  /** Removes an agent, all of its executions and what was said of it alone. */
  async removeAgent(agentId: string): Promise<void> {
    const some = this.#db
      .prepare(`DELETE FROM executions WHERE id IN (SELECT id FROM executions WHERE agent_id = ? LIMIT ?)`)
      .bind(agentId, removedAtOnce);
    while ((await some.run()).meta.changes === removedAtOnce);
    await this.#db.batch([
      this.#db.prepare(`DELETE FROM flags WHERE agent_id = ?`).bind(agentId),
      this.#db.prepare(`DELETE FROM idempotent_answers WHERE agent_id = ?`).bind(agentId),
      this.#db.prepare(`DELETE FROM agents WHERE id = ?`).bind(agentId),
    ]);
  }

  /** Ids of a workspace's agents in order, a page at a time. */
  async agentIds(workspaceId: string, after: string, limit: number): Promise<string[]> {
    const { results } = await this.#db
      .prepare(`SELECT id FROM agents WHERE workspace_id = ? AND id > ? ORDER BY id LIMIT ?`)
      .bind(workspaceId, after, limit)
      .all<{ id: string }>();
    return results.map((row) => row.id);
  }
}

function agentOfRow(row: AgentRow): Agent {
  return Agent.parse({
    // Of before there were such settings.
    modelPolicy: {},
    confidential: false,
    ...JSON.parse(row.settings),
    metrics: {
      requestsHandled: row.requests_handled,
      lastActive: row.last_active_at === null ? null : new Date(row.last_active_at).toISOString(),
    },
  });
}

function pageOfRows<Row, Item>(
  rows: Row[],
  limit: number,
  read: (row: Row) => Item,
  cursor: (item: Item) => string,
): Page<Item> {
  const items = rows.slice(0, limit).map(read);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? cursor(last) : null };
}
