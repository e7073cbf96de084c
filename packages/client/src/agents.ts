import type { Agent, AgentsQuery, CreateAgent, Page, UpdateAgent } from "@orrery/protocol";
import { eachItem, type PageOptions } from "./pages.ts";
import type { RequestOptions, Transport, WriteOptions } from "./transport.ts";

/** What agents to list. `q` matches the beginning of any word of the name, or an id in full. */
export interface AgentFilter {
  application?: AgentsQuery["application"];
  status?: AgentsQuery["status"];
  q?: string | undefined;
}

export interface Agents {
  /** A page, newest first. */
  list(query?: AgentFilter & PageOptions, options?: RequestOptions): Promise<Page<Agent>>;
  /** Every agent that matches, page by page. */
  listAll(query?: AgentFilter, options?: RequestOptions): AsyncGenerator<Agent, void, undefined>;
  create(agent: CreateAgent, options?: WriteOptions): Promise<Agent>;
  get(id: string, options?: RequestOptions): Promise<Agent>;
  update(id: string, patch: UpdateAgent, options?: WriteOptions): Promise<Agent>;
  /** Removes the agent with everything it ever had. */
  delete(id: string, options?: WriteOptions): Promise<void>;
}

export const agentPath = (id: string): string => `/api/v1/agents/${encodeURIComponent(id)}`;

export function createAgents(transport: Transport): Agents {
  const list: Agents["list"] = (query = {}, options) =>
    transport.json({ ...options, path: "/api/v1/agents", query: { ...query } });

  return {
    list,
    listAll: (query = {}, options) => eachItem((cursor) => list({ ...query, limit: 100, cursor }, options)),
    create: (agent, options) =>
      transport.json({ ...options, method: "POST", path: "/api/v1/agents", body: agent }),
    get: (id, options) => transport.json({ ...options, path: agentPath(id) }),
    update: (id, patch, options) =>
      transport.json({ ...options, method: "PATCH", path: agentPath(id), body: patch }),
    delete: (id, options) => transport.none({ ...options, method: "DELETE", path: agentPath(id) }),
  };
}
