/** The wire server's agents behind Redis. */
import {
  CreateFuseAgent,
  ImportFuseAgents,
  Migrate,
  newId,
  timestamp,
  type FuseAgent,
  type FuseTask,
  type ShadowDifference,
} from "@orrery/protocol";
import { found, pageOf, parsed } from "./replies.ts";
import type { Request } from "./wire-routes.ts";

export interface WireFuse {
  /** By `<bridgeId>/<id>`. */
  agents: Map<string, FuseAgent>;
  tasks: Map<string, FuseTask>;
  differences: ShadowDifference[];
  /** What an import finds, and how many it makes at once. */
  importable: string[];
  importedAtOnce: number;
}

const now = (): string => timestamp(Date.now());

export const emptyFuse = (): WireFuse => ({
  agents: new Map(),
  tasks: new Map(),
  differences: [],
  importable: ["planner", "summarizer"],
  importedAtOnce: 1_000,
});

/** The bridge stands in place of an agent's id, and the agent in place of what belongs to it. */
const agentOf = ({ state, id, subId }: Request): FuseAgent => found(state.fuse.agents.get(`${id}/${subId}`));

function keep({ state, json }: Request, agent: FuseAgent): void {
  state.fuse.agents.set(`${agent.bridgeId}/${agent.id}`, agent);
  json(200, agent);
}

export function wireFuseAgent(bridgeId: string, id: string, mode: FuseAgent["mode"] = "legacy"): FuseAgent {
  return {
    id,
    bridgeId,
    agentId: newId(),
    mode,
    canaryPercent: 0,
    legacyChannels: "shared",
    migrating: false,
    state: {
      id,
      status: "active",
      capabilities: ["summarize"],
      metrics: { requestsHandled: 0, lastActive: null },
    },
    activity: "running",
    conflicts: { "*": "object-wins" },
    lease: { owner: mode === "orrery" ? "orrery" : "legacy", token: 1, expiresAt: null },
    legacyAlive: true,
    stateProblem: null,
    tasks: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
    shadow: { compared: 0, different: 0, legacyMs: null, orreryMs: null, costMicros: 0 },
    flags: {},
    createdAt: now(),
    updatedAt: now(),
  };
}

export const wireTask = (id: string, status: FuseTask["status"]): FuseTask => ({
  id,
  fuseAgentId: "summarizer",
  source: "planner",
  type: "summarize",
  priority: "HIGH",
  status,
  shadow: false,
  executionId: null,
  error: status === "failed" ? "the model did not answer" : null,
  deadline: null,
  acceptedAt: timestamp(0),
  startedAt: null,
  endedAt: status === "queued" ? null : timestamp(1_500),
  publishedAt: status === "queued" ? null : timestamp(2_000),
});

/** Each route by its method and path, ids left out; `:id` is the bridge, `:sub` the agent. */
export const fuseRoutes: Record<string, (request: Request) => void> = {
  "GET fuse/agents": ({ state, query, json }) => {
    const bridgeId = query.get("bridgeId");
    const mode = query.get("mode");
    const all = [...state.fuse.agents.values()].filter(
      (agent) => (bridgeId ?? agent.bridgeId) === agent.bridgeId && (mode ?? agent.mode) === agent.mode,
    );
    json(200, pageOf(all, query));
  },
  "POST fuse/agents": ({ state, body, json }) => {
    const { id, bridgeId, agentId, mode, legacyChannels, capabilities, conflicts } = parsed(
      CreateFuseAgent,
      body,
    );
    const made = wireFuseAgent(bridgeId, id, mode);
    const agent: FuseAgent = {
      ...made,
      agentId: agentId ?? made.agentId,
      legacyChannels: legacyChannels ?? "shared",
      conflicts: conflicts ?? made.conflicts,
      state: { ...made.state, capabilities: capabilities ?? [] },
    };
    state.fuse.agents.set(`${bridgeId}/${id}`, agent);
    json(201, agent);
  },
  "GET fuse/agents/:id/:sub": (request) => request.json(200, agentOf(request)),
  "DELETE fuse/agents/:id/:sub": (request) => {
    const { bridgeId, id } = agentOf(request);
    request.state.fuse.agents.delete(`${bridgeId}/${id}`);
    request.response.writeHead(204).end();
  },
  "POST fuse/agents/:id/:sub/migrate": (request) => {
    const { mode, percent = 0, legacyChannels } = parsed(Migrate, request.body);
    const before = agentOf(request);
    const agent: FuseAgent = {
      ...before,
      mode,
      canaryPercent: percent,
      legacyChannels: legacyChannels ?? before.legacyChannels,
      lease: {
        owner: mode === "orrery" ? "orrery" : "legacy",
        token: (before.lease?.token ?? 0) + 1,
        expiresAt: null,
      },
    };
    request.state.fuse.agents.set(`${agent.bridgeId}/${agent.id}`, agent);
    request.json(200, { agent, handedBack: mode === "legacy" ? before.tasks.queued : 0 });
  },
  "POST fuse/agents/:id/:sub/pause": (request) => keep(request, { ...agentOf(request), activity: "paused" }),
  "POST fuse/agents/:id/:sub/resume": (request) =>
    keep(request, { ...agentOf(request), activity: "running" }),
  "POST fuse/agents/:id/:sub/drain": (request) =>
    keep(request, { ...agentOf(request), activity: "draining" }),
  "GET fuse/agents/:id/:sub/tasks": ({ state, query, json }) => {
    const status = query.get("status");
    const all = [...state.fuse.tasks.values()].filter((task) => (status ?? task.status) === task.status);
    json(200, pageOf(all, query));
  },
  "GET fuse/agents/:id/:sub/tasks/:task": ({ state, task, json }) =>
    json(200, found(state.fuse.tasks.get(task))),
  "POST fuse/agents/:id/:sub/tasks/:task/cancel": ({ state, task, json }) => {
    const cancelled = { ...found(state.fuse.tasks.get(task)), status: "cancelled" as const, endedAt: now() };
    state.fuse.tasks.set(task, cancelled);
    json(200, cancelled);
  },
  "GET fuse/agents/:id/:sub/differences": ({ state, json }) =>
    json(200, { items: state.fuse.differences, nextCursor: null }),
  "POST fuse/import": ({ state, body, json }) => {
    const { bridgeId, ids, dryRun } = parsed(ImportFuseAgents, body);
    const isThere = (id: string): boolean => state.fuse.agents.has(`${bridgeId}/${id}`);
    const fresh = state.fuse.importable.filter((id) => !isThere(id));
    const left = new Set(fresh.slice(state.fuse.importedAtOnce));
    const items = (ids ?? state.fuse.importable.filter((id) => !left.has(id))).map((id) => {
      if (!state.fuse.importable.includes(id)) {
        return { id, outcome: "failed", capabilities: [], detail: "there are no keys of it" };
      }
      const outcome = isThere(id) ? "existing" : dryRun ? "would-create" : "created";
      if (outcome === "created") state.fuse.agents.set(`${bridgeId}/${id}`, wireFuseAgent(bridgeId, id));
      return { id, outcome, capabilities: ["summarize"] };
    });
    json(200, { items, truncated: ids === undefined && left.size > 0 });
  },
};
