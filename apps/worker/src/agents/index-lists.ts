/**
 * What lists of the index ask the database. Only the filters that are given are named: a condition that holds where a
 * filter is missing, too, would keep SQLite from every index but the workspace's, and each page would read past all that
 * the filter leaves out.
 */
import type { AgentsQuery, ExecutionStatus } from "@orrery/protocol";
import { searchTextOf } from "./name-search.ts";

/** A statement and what is bound to it. */
export interface Asked {
  sql: string;
  values: (string | number)[];
}

export interface ExecutionsAsked {
  limit: number;
  cursor?: string | undefined;
  status?: ExecutionStatus | undefined;
  agentId?: string | undefined;
}

/** Conditions that all hold, and what is bound to them. */
class Conditions {
  readonly #conditions: string[] = [];
  readonly values: (string | number)[] = [];

  /** Adds a condition, unless any of its values is missing. */
  and(condition: string, ...values: (string | number | undefined)[]): this {
    const given = values.filter((value) => value !== undefined);
    if (given.length < values.length) return this;
    this.#conditions.push(condition);
    this.values.push(...given);
    return this;
  }

  get sql(): string {
    return this.#conditions.join(" AND ");
  }
}

/** Agents of a workspace, newest first: one more than the page has where another follows. */
export function agentsAsked(workspaceId: string, query: AgentsQuery): Asked {
  const where = new Conditions()
    .and("workspace_id = ?", workspaceId)
    .and("id < ?", query.cursor)
    .and("application = ?", query.application)
    .and("status = ?", query.status);
  if (query.q !== undefined) {
    const text = searchTextOf(query.q);
    if (text === null) where.and("id = ?", query.q);
    else where.and("(id = ? OR instr(search_name, ?) > 0)", query.q, text);
  }
  return {
    sql: `SELECT settings, requests_handled, last_active_at FROM agents WHERE ${where.sql} ORDER BY id DESC LIMIT ?`,
    values: [...where.values, query.limit + 1],
  };
}

/**
 * Executions of a workspace, newest first, each with its agent's name. An agent's are found by the agent: `+` keeps what
 * else is asked from choosing another index, which would read those of all agents.
 */
export function executionsAsked(workspaceId: string, query: ExecutionsAsked): Asked {
  const own = query.agentId === undefined ? "" : "+";
  const where = new Conditions()
    .and("executions.agent_id = ?", query.agentId)
    .and(`${own}executions.workspace_id = ?`, workspaceId)
    .and(`${own}executions.status = ?`, query.status)
    .and("executions.id < ?", query.cursor);
  return {
    sql: `SELECT executions.summary AS summary, agents.name AS agent_name FROM executions
         LEFT JOIN agents ON agents.id = executions.agent_id
         WHERE ${where.sql} ORDER BY executions.id DESC LIMIT ?`,
    values: [...where.values, query.limit + 1],
  };
}
