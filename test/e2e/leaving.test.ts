/** Agents that leave memory between calls, as soon as they can: nobody may notice. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@orrery/client";
import type { Execution, OrreryClient } from "@orrery/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerTo } from "../../bench/src/reply-plan.ts";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { startUpstream } from "../platform/upstream.ts";
import type { Upstream } from "../platform/upstream.ts";
import { requirement } from "./requirements.ts";

/** Milliseconds without a call after which an agent leaves here; calls come as often, and so just as it does. */
const restMs = 4;

let upstream: Upstream;
let platform: Platform;
let client: OrreryClient;

beforeAll(async () => {
  upstream = await startUpstream();
  platform = await startPlatform({
    env: {
      MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: upstream.baseUrl } }),
      AGENT_REST_MS: String(restMs),
    },
  });
  client = createClient({ baseUrl: platform.url, token: platform.token });
});

afterAll(async () => {
  await platform.stop();
  upstream.stop();
});

const agent = async (model: string): Promise<string> =>
  (await client.agents.create({ name: "Leaving", model: `mock/${model}` })).id;

/** A request that is made but once, unlike those of a client; the text of its answer. */
async function once(path: string, body?: unknown, accept = "application/json"): Promise<string> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${platform.token}`,
      "content-type": "application/json",
      accept,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

/** Databases of agents that are open: an open one has its log beside it. */
function open(): string[] {
  const directory = join(platform.state, "data");
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    /AgentObject.[0-9a-f]{64}\.sqlite-wal$/.test(path),
  );
}

it(requirement("leaving-unnoticed"), async () => {
  const rounds = 20;
  const speak = async (index: number): Promise<string> => {
    const id = await agent("mock-5x0");
    const executions = `/agents/${id}/executions`;
    for (let round = 0; round < rounds; round += 1) {
      // All distances between two calls, from none to twice the rest and its end.
      await pause((round * 7 + index * 3) % (restMs * 4));
      const input = `${index} asks ${round}`;
      const streamed = await once(executions, { input }, "text/event-stream");
      expect(streamed).toMatch(/data: \[DONE\]\n\n$/);
      await pause((round * 5 + index) % (restMs * 4));
      const { id: executionId } = JSON.parse(await once(executions, { input })) as Execution;
      await pause((round * 3 + index) % (restMs * 4));
      expect(await once(`/executions/${executionId}`)).toContain(input);
    }
    return id;
  };
  const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => speak(index)));
  for (const id of ids) {
    // Each call once: none lost, none made twice.
    expect(await client.agents.get(id)).toMatchObject({ metrics: { requestsHandled: rounds * 2 } });
    const page = await client.executions.list(id, { limit: 100 });
    expect(page.items.filter(({ status }) => status === "completed")).toHaveLength(rounds * 2);
  }
  await expect.poll(() => open(), { timeout: 10_000 }).toEqual([]);
});

it(requirement("leaving-unnoticed", "by a reader who is slow to take the answer"), async () => {
  const id = await agent("mock-30000x0");
  const input = "Tell me everything";
  const response = await fetch(`${platform.url}/api/v1/agents/${id}/executions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${platform.token}`,
      "content-type": "application/json",
      accept: "text/event-stream",
    },
    body: JSON.stringify({ input }),
  });
  const reader = response.body?.getReader();
  if (!reader) throw new Error("there is no stream");
  await reader.read();
  await expect
    .poll(async () => (await client.agents.get(id)).metrics.requestsHandled, { timeout: 20_000 })
    .toBe(1);
  await pause(restMs * 20);
  let text = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += new TextDecoder().decode(next.value);
  }
  expect(text).toMatch(/data: \[DONE\]\n\n$/);
  expect(text).toContain(answerTo(input, 30_000).trim().split(" ").at(-1));
});

it(requirement("leaving-unnoticed", "by a client on a socket"), async () => {
  const id = await agent("mock-5x0");
  const socket = new WebSocket(
    `${platform.url.replace("http", "ws")}/agents/agent/${id}?token=${platform.token}`,
  );
  const answers = new Map<string, PromiseWithResolvers<unknown>>();
  socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as { type?: string; id?: string; result?: unknown };
    if (message.type === "rpc" && message.id !== undefined) answers.get(message.id)?.resolve(message.result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  for (const call of ["first", "second", "third"]) {
    await pause(restMs * 10);
    const answer = Promise.withResolvers<unknown>();
    answers.set(call, answer);
    socket.send(JSON.stringify({ type: "rpc", id: call, method: "execute", args: [call] }));
    expect(await answer.promise).toMatchObject({ status: "completed" });
  }
  expect(open()).toHaveLength(1);
  socket.close();
  await expect.poll(() => open(), { timeout: 10_000 }).toEqual([]);
});
