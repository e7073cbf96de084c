/** The wire server's bridges, keys and flags. What is there is what a test puts there. */
import {
  CreateBridge,
  CreateKey,
  DestroyWorkspaceKey,
  RotateKey,
  SetFlag,
  UpdateBridge,
  newId,
  timestamp,
  type Bridge,
  type BridgeMessage,
  type ChannelRole,
  type CreatedKey,
  type DeadLetter,
  type Flag,
  type Key,
  type WorkspaceKey,
} from "@orrery/protocol";
import { found, pageOf, parsed } from "./replies.ts";
import type { Request } from "./wire-routes.ts";

/** A workspace's connections and keys. */
export interface WireBridges {
  bridges: Map<string, Bridge>;
  messages: BridgeMessage[];
  deadLetters: Map<string, DeadLetter>;
  replayed: string[];
  keys: Map<string, Key>;
  workspaceKey: WorkspaceKey;
  flags: Map<string, Flag>;
}

const now = (): string => timestamp(Date.now());

export const emptyBridges = (): WireBridges => ({
  bridges: new Map(),
  messages: [],
  deadLetters: new Map(),
  replayed: [],
  keys: new Map(),
  workspaceKey: { version: 1, wrappedBy: "k1", createdAt: now(), destroyedAt: null },
  flags: new Map([
    [
      "fuse-progress",
      {
        name: "fuse-progress",
        description: "Tells of a task's progress.",
        default: true,
        workspace: null,
        agents: {},
      },
    ],
  ]),
});

const channelStatus = (bridge: Pick<Bridge, "channels">): Bridge["status"]["channels"] =>
  (["coordination", "tasks", "results"] as const satisfies ChannelRole[]).map((role) => {
    const { name, mode } = bridge.channels[role];
    const counts = { received: 3, accepted: 2, rejected: 1, sent: 4, receivedPerMinute: 1, sentPerMinute: 2 };
    const isStream = mode === "streams";
    return { role, name, mode, ...counts, gaps: 0, lag: isStream ? 5 : null, pending: isStream ? 1 : null };
  });

function make({ state, body, json }: Request): void {
  const { redis, ...settings } = parsed(CreateBridge, body) as Omit<
    Bridge,
    "id" | "secretSet" | "createdAt" | "updatedAt" | "status"
  >;
  const { shown, secretSet } = withoutSecret(redis);
  const bridge: Bridge = {
    id: newId(),
    ...settings,
    redis: shown,
    secretSet,
    createdAt: now(),
    updatedAt: now(),
    status: {
      state: settings.enabled ? "connected" : "disabled",
      since: now(),
      latencyMs: settings.enabled ? 0.4 : null,
      redisVersion: settings.enabled ? "7.2.4" : null,
      reconnects: 0,
      channels: channelStatus(settings),
      outbox: 0,
      deadLetters: state.bridges.deadLetters.size,
    },
  };
  state.bridges.bridges.set(bridge.id, bridge);
  json(201, bridge);
}

function withoutSecret(redis: Bridge["redis"]): { shown: Bridge["redis"]; secretSet: boolean } {
  const shown: Record<string, unknown> = { ...redis };
  const secretSet = "password" in shown || "token" in shown;
  delete shown["password"];
  delete shown["token"];
  return { shown: shown as Bridge["redis"], secretSet };
}

function change({ state, id, body, json }: Request): void {
  const { redis, channels, ...rest } = parsed(UpdateBridge, body);
  const before = found(state.bridges.bridges.get(id));
  const next = { ...before, ...rest, channels: { ...before.channels, ...channels } } as Bridge;
  if (redis !== undefined) {
    const { shown, secretSet } = withoutSecret(redis);
    Object.assign(next, { redis: shown, secretSet });
  }
  next.status = {
    ...next.status,
    state: next.enabled ? "connected" : "disabled",
    channels: channelStatus(next),
  };
  state.bridges.bridges.set(id, next);
  json(200, next);
}

function makeKey({ state, body, json }: Request): void {
  const asked = parsed(CreateKey, body);
  const key: Key = {
    id: asked.id ?? newId(),
    use: asked.use,
    algorithm: asked.algorithm,
    holder: asked.holder,
    status: "active",
    ...(asked.algorithm !== "HS256" && {
      publicJwk: asked.publicJwk ?? { kty: "OKP" as const, crv: "Ed25519" as const, x: "AAAA" },
    }),
    createdAt: now(),
    endsAt: null,
  };
  state.bridges.keys.set(key.id, key);
  json(201, withSecret(key, asked.secret));
}

const withSecret = (key: Key, given?: string): CreatedKey =>
  key.algorithm === "HS256" && given === undefined ? { ...key, secret: "c2VjcmV0" } : key;

/** Each route by its method and path, ids left out. */
export const bridgeRoutes: Record<string, (request: Request) => void> = {
  "GET bridges": ({ state, query, json }) => json(200, pageOf(state.bridges.bridges.values(), query)),
  "POST bridges": make,
  "GET bridges/:id": ({ state, id, json }) => json(200, found(state.bridges.bridges.get(id))),
  "PATCH bridges/:id": change,
  "DELETE bridges/:id": ({ state, id, response }) => {
    state.bridges.bridges.delete(found(state.bridges.bridges.get(id)).id);
    response.writeHead(204).end();
  },
  "GET bridges/:id/messages": ({ state, query, json }) => json(200, pageOf(state.bridges.messages, query)),
  "GET bridges/:id/dead-letters": ({ state, query, json }) =>
    json(200, pageOf(state.bridges.deadLetters.values(), query)),
  "POST bridges/:id/replay": ({ state, json }) => {
    const letters = [...state.bridges.deadLetters.keys()];
    state.bridges.replayed.push(...letters);
    state.bridges.deadLetters.clear();
    json(200, { replayed: letters.length });
  },
  "POST bridges/:id/dead-letters/:sub/replay": ({ state, subId, response }) => {
    const { id } = found(state.bridges.deadLetters.get(subId));
    state.bridges.replayed.push(id);
    state.bridges.deadLetters.delete(id);
    response.writeHead(204).end();
  },
  "DELETE bridges/:id/dead-letters/:sub": ({ state, subId, response }) => {
    state.bridges.deadLetters.delete(found(state.bridges.deadLetters.get(subId)).id);
    response.writeHead(204).end();
  },

  "GET keys": ({ state, query, json }) => json(200, pageOf(state.bridges.keys.values(), query)),
  "POST keys": makeKey,
  "GET keys/:id": ({ state, id, json }) => json(200, found(state.bridges.keys.get(id))),
  "GET jwks": ({ state, json }) => {
    const own = [...state.bridges.keys.values()].filter(({ holder }) => holder.kind !== "peer");
    json(200, { keys: own.flatMap(({ publicJwk }) => (publicJwk === undefined ? [] : [publicJwk])) });
  },
  "POST keys/:id/rotate": ({ state, id, body, json }) => {
    const { overlap } = parsed(RotateKey, body);
    const old = found(state.bridges.keys.get(id));
    const endsAt = timestamp(Date.now() + overlap * 1_000);
    state.bridges.keys.set(id, { ...old, status: "retiring", endsAt });
    const next = { ...old, id: newId(), createdAt: now() };
    state.bridges.keys.set(next.id, next);
    json(201, withSecret(next));
  },
  "POST keys/:id/retire": ({ state, id, json }) => {
    const retired = { ...found(state.bridges.keys.get(id)), status: "retired" as const, endsAt: now() };
    state.bridges.keys.set(id, retired);
    json(200, retired);
  },
  "DELETE keys/:id": ({ state, id, response }) => {
    state.bridges.keys.delete(found(state.bridges.keys.get(id)).id);
    response.writeHead(204).end();
  },

  "GET workspace-key": ({ state, json }) => json(200, state.bridges.workspaceKey),
  "POST workspace-key/:id": ({ state, json }) => {
    state.bridges.workspaceKey = {
      ...state.bridges.workspaceKey,
      version: state.bridges.workspaceKey.version + 1,
    };
    json(200, state.bridges.workspaceKey);
  },
  "DELETE workspace-key": ({ state, body, json }) => {
    parsed(DestroyWorkspaceKey, body);
    state.bridges.workspaceKey = { ...state.bridges.workspaceKey, destroyedAt: now() };
    json(200, state.bridges.workspaceKey);
  },

  "GET flags": ({ state, json }) => json(200, { items: [...state.bridges.flags.values()], nextCursor: null }),
  "PUT flags/:id": ({ state, id, body, json }) => {
    const { enabled, agentId } = parsed(SetFlag, body);
    const flag = found(state.bridges.flags.get(id));
    if (agentId === undefined) flag.workspace = enabled;
    else if (enabled === null) delete flag.agents[agentId];
    else flag.agents[agentId] = enabled;
    json(200, flag);
  },
};
