/** Bridges, keys and agents of the New Fuse for tests and pictures, over a real Redis where there is one. */
import type { OrreryClient } from "@orrery/client";
import { startDispatcher, type Dispatcher } from "../../../../test/fuse/peers/dispatcher.ts";
import { startExistingAgent, type ExistingAgent } from "../../../../test/fuse/peers/existing-agent.ts";
import { startRedis, type RedisServer } from "../../../../test/fuse/redis.ts";
import { redisMissing } from "../../../../test/platform/redis-server.ts";

/** What the pages of bridges and migrations are about. */
export interface DemoFuse {
  /** A bridge that is connected, or off where there is no Redis. */
  bridgeId: string;
  /** An agent that has done tasks, in `orrery` mode where there is a Redis. */
  agent: string;
  /** An agent in `shadow` mode. */
  shadowed: string;
  stop(): Promise<void>;
}

const peerKey = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" } as const;

const notes = "Summarise the notes of the platform team's meeting and list what is still open.";

async function fillKeys(client: OrreryClient, agentId: string): Promise<void> {
  const { id } = await client.keys.create({
    use: "sign",
    algorithm: "Ed25519",
    holder: { kind: "workspace" },
  });
  await client.keys.rotate(id);
  await client.keys.create({
    use: "encrypt",
    algorithm: "ECDH-ES+A256KW",
    curve: "X25519",
    holder: { kind: "agent", agentId },
  });
  await client.keys.create({
    id: "planner-2026",
    use: "sign",
    algorithm: "Ed25519",
    holder: { kind: "peer", name: "planner" },
    publicJwk: peerKey,
    scopes: ["executions:run"],
  });
}

/** Tasks as the existing system sends them, and what nobody can read. */
async function work(dispatcher: Dispatcher): Promise<void> {
  await dispatcher.coordinate({
    type: "capability_update",
    agentId: "coder",
    capabilities: ["rust", "review"],
  });
  for (const id of ["t-8801", "t-8802", "t-8803"]) {
    await dispatcher.task(notes, { id, target: "writer", priority: "HIGH" });
    await dispatcher.task("Draft a reply to Ms Lindqvist about her lenses.", {
      id: `${id}-r`,
      target: "critic",
    });
    await dispatcher.result(id);
    await dispatcher.result(`${id}-r`);
  }
  await dispatcher.send("tasks", "HELLO??");
  await dispatcher.send(
    "tasks",
    JSON.stringify({ header: { version: "2.0.0", type: "TASK", source: "coder" } }),
  );
}

/** @param model for the agents that are made */
export async function fillFuse(client: OrreryClient, model: string): Promise<DemoFuse> {
  const redis: RedisServer | undefined = redisMissing() === null ? await startRedis() : undefined;
  const { id: bridgeId } = await client.bridges.create({
    name: "The New Fuse",
    redis: { kind: "tcp", url: redis?.url ?? "redis://127.0.0.1:6379" },
    channels: { results: { name: "AI_RESULT_CHANNEL", signing: "accept" } },
    enabled: redis !== undefined,
  });
  const existing: ExistingAgent[] = [];
  if (redis) {
    for (const id of ["planner", "critic"]) {
      const answer = () => "Dear Ms Lindqvist, your 40 lenses left our house today.";
      existing.push(await startExistingAgent(redis, { id, capabilities: [`${id}s`], answer }));
    }
  }
  for (const id of ["planner", "critic", "writer", "archivist"]) {
    await client.fuse.agents.create({ id, bridgeId, model, capabilities: [`${id}s`] });
  }
  const { agentId } = await client.fuse.agents.get(bridgeId, "writer");
  await fillKeys(client, agentId);
  await client.flags.set("fuse-progress", { enabled: false, agentId });

  let dispatcher: Dispatcher | undefined;
  if (redis) {
    await client.fuse.agents.migrate(bridgeId, "critic", { mode: "shadow" });
    await client.fuse.agents.migrate(bridgeId, "writer", { mode: "orrery" });
    await client.fuse.agents.migrate(bridgeId, "archivist", {
      mode: "canary",
      percent: 25,
      legacyChannels: "private",
    });
    dispatcher = await startDispatcher(redis);
    await work(dispatcher);
  }
  return {
    bridgeId,
    agent: "writer",
    shadowed: "critic",
    stop: async () => {
      dispatcher?.close();
      for (const agent of existing) await agent.stop();
      await redis?.stop();
    },
  };
}
