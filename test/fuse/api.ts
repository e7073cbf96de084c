/** The routes of bridges, fuse agents and keys, as far as tests need them. */
import type {
  Bridge,
  CreateBridge,
  CreateFuseAgent,
  CreateKey,
  CreatedKey,
  DeadLetter,
  FuseAgent,
  FuseTask,
  Migrate,
  MigrationResult,
  Page,
  ShadowDifference,
} from "@orrery/protocol";
import type { Platform } from "../platform/platform.ts";

export interface FuseApi {
  createBridge(bridge: CreateBridge): Promise<Bridge>;
  bridge(id: string): Promise<Bridge>;
  deadLetters(bridgeId: string): Promise<DeadLetter[]>;
  createAgent(agent: CreateFuseAgent): Promise<FuseAgent>;
  agent(bridgeId: string, id: string): Promise<FuseAgent>;
  migrate(bridgeId: string, id: string, to: Migrate): Promise<MigrationResult>;
  tasks(bridgeId: string, id: string): Promise<FuseTask[]>;
  differences(bridgeId: string, id: string): Promise<ShadowDifference[]>;
  createKey(key: CreateKey): Promise<CreatedKey>;
  /** Any route below `/api/v1`. @throws Error with the problem where it is refused */
  request<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
}

export function fuseApi({ url, token }: Pick<Platform, "url" | "token">): FuseApi {
  const request = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  };
  const all = async <Item>(path: string): Promise<Item[]> => {
    const items: Item[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: Page<Item> = await request("GET", `${path}?limit=100${after}`);
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  };
  return {
    request,
    createBridge: (bridge) => request("POST", "/bridges", bridge),
    bridge: (id) => request("GET", `/bridges/${id}`),
    deadLetters: (bridgeId) => all(`/bridges/${bridgeId}/dead-letters`),
    createAgent: (agent) => request("POST", "/fuse/agents", agent),
    agent: (bridgeId, id) => request("GET", `/fuse/agents/${bridgeId}/${id}`),
    migrate: (bridgeId, id, to) => request("POST", `/fuse/agents/${bridgeId}/${id}/migrate`, to),
    tasks: (bridgeId, id) => all(`/fuse/agents/${bridgeId}/${id}/tasks`),
    differences: (bridgeId, id) => all(`/fuse/agents/${bridgeId}/${id}/differences`),
    createKey: (key) => request("POST", "/keys", key),
  };
}

/** Waits until a bridge has its connection. @throws Error after ten seconds, with what it says of itself */
export async function untilConnected(api: FuseApi, bridgeId: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { status } = await api.bridge(bridgeId);
    if (status.state === "connected") return;
    if (performance.now() > deadline) throw new Error(`the bridge is ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
