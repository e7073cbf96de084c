/** A secret sent end to end, and a search for it wherever something is kept. */
import { randomBytes } from "node:crypto";
import type { PublicJwk } from "@orrery/protocol";
import type { JWK } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { requirement } from "../e2e/requirements.ts";
import { echoOf } from "./echo-model.ts";
import { messageOf } from "./peers/message.ts";
import { isSignedBy, makePeerKeys, open, seal, sign } from "./peers/protection.ts";
import type { PeerKeys } from "./peers/protection.ts";
import { begin } from "./surroundings.ts";
import type { Surroundings } from "./surroundings.ts";
import { filesWith, holds } from "./traces.ts";

let around: Surroundings;
let keys: PeerKeys;

beforeAll(async () => {
  around = await begin({ redis: { appendOnly: true }, env: { LOG_LEVEL: "debug" } });
  keys = await makePeerKeys("dispatcher-key");
});
afterAll(() => around.stop());

/** Keeps all that the platform says to those who watch. */
async function watchEvents(): Promise<{ heard(): string; stop(): void }> {
  const { url, token } = around.platform;
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
    signal: abort.signal,
  });
  const chunks: Uint8Array[] = [];
  void (async () => {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
  })().catch(() => {}); // It ends when it is aborted.
  return { heard: () => Buffer.concat(chunks).toString(), stop: () => abort.abort() };
}

it(requirement("fuse-secret-unseen"), async () => {
  const { api, redis, platform } = around;
  const peer = { kind: "peer", name: "dispatcher" } as const;
  const { signing, encryption } = keys;
  await api.createKey({
    use: "sign",
    algorithm: "Ed25519",
    holder: peer,
    id: keys.id,
    publicJwk: signing.publicJwk as PublicJwk,
  });
  const jwe = "ECDH-ES+A256KW";
  await api.createKey({
    use: "encrypt",
    algorithm: jwe,
    holder: peer,
    publicJwk: encryption.publicJwk as PublicJwk,
  });
  const own = await api.createKey({ use: "sign", algorithm: "Ed25519", holder: { kind: "workspace" } });
  const channel = (name: string, encrypted: "require" | "accept") =>
    ({ name, mode: "streams", signing: "require", encryption: encrypted }) as const;
  const bridgeId = await around.bridge({
    channels: {
      coordination: channel("AI_COORDINATION_CHANNEL", "accept"),
      // The control below is sent in the clear.
      tasks: channel("AI_TASK_CHANNEL", "accept"),
      results: channel("AI_RESULT_CHANNEL", "accept"),
    },
  });
  const { agentId } = await around.agent(bridgeId, "vault", { confidential: true });
  await around.agent(bridgeId, "open");
  const holder = { kind: "agent", agentId } as const;
  const { publicJwk, id: kid } = await api.createKey({ use: "encrypt", algorithm: jwe, holder });
  const recipient = { ...(publicJwk as JWK), kid };
  const events = await watchEvents();
  const dispatcher = await around.dispatcher({
    mode: "streams",
    protect: async (task) =>
      sign(
        task.header.target === "vault" ? await seal(task, recipient) : task,
        keys,
        "newfuse-agents/AI_TASK_CHANNEL",
      ),
  });

  const secret = `secret ${randomBytes(12).toString("hex")}`;
  const control = `control ${randomBytes(12).toString("hex")}`;
  await dispatcher.task(control, { id: "control", target: "open" });
  await dispatcher.task(secret, { id: "sealed", target: "vault" });
  await dispatcher.task(`Fail with ${secret}`, {
    id: "sealed-late",
    target: "vault",
    more: { timeoutMs: 1 },
  });

  const answer = messageOf(await dispatcher.result("sealed"));
  expect(answer).not.toBeNull();
  if (!answer) return;
  expect(Object.keys(answer.body.content)).toEqual(["jwe"]);
  expect(await open(answer, keys)).toMatchObject({ taskId: "sealed", result: echoOf(secret) });
  expect(await isSignedBy(answer, own.publicJwk as JWK)).toBe(true);
  expect(around.model.asked).toContain(secret);
  await dispatcher.result("control");
  await dispatcher.result("sealed-late");

  // What is asked for over HTTP, as consoles do.
  const shown = await Promise.all(
    [
      `/agents/${agentId}/executions`,
      `/agents/${agentId}/sessions`,
      `/bridges/${bridgeId}/messages`,
      `/fuse/agents/${bridgeId}/vault/tasks`,
      "/usage?by=agent",
    ].map((path) => api.request<unknown>("GET", path)),
  );
  await redis.client().save();
  const bridgePage = JSON.stringify(shown[2]);
  const places = (text: string) => ({
    redis: filesWith(redis.directory, text),
    state: filesWith(platform.state, text),
    events: holds(Buffer.from(events.heard()), text),
    messages: holds(Buffer.from(bridgePage), text),
    logs: holds(Buffer.from(platform.output()), text),
  });
  // The search finds what there is to be found.
  await expect.poll(() => places(control).events, { timeout: 5_000 }).toBe(true);
  const found = places(control);
  expect(found.redis.some((file) => file.endsWith(".rdb"))).toBe(true);
  expect(found.redis.some((file) => file.includes("appendonly"))).toBe(true);
  expect(found.state).not.toEqual([]);
  expect(found.messages).toBe(true);
  expect(holds(Buffer.from(platform.output()), platform.url)).toBe(true);

  await platform.stop("SIGTERM");
  expect(places(secret)).toEqual({ redis: [], state: [], events: false, messages: false, logs: false });
  events.stop();
});
