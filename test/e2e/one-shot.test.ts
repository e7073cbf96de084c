/** The one-shot form leaves nothing behind, whatever becomes of its caller or of the platform. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freePort, startPlatform, stateFolder } from "../platform/platform.ts";
import type { Platform, PlatformOptions } from "../platform/platform.ts";
import { startUpstream } from "../platform/upstream.ts";
import type { Upstream } from "../platform/upstream.ts";

let upstream: Upstream;
let options: PlatformOptions;
let platform: Platform;

beforeAll(async () => {
  upstream = await startUpstream();
  const env = { MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: upstream.baseUrl } }) };
  options = { state: stateFolder(), port: await freePort(), env };
  platform = await startPlatform(options);
});
afterAll(async () => {
  await platform.stop();
  upstream.stop();
});

const ask = (model: string, signal: AbortSignal | null = null): Promise<Response> =>
  fetch(`${platform.url}/edge/execute`, {
    method: "POST",
    headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
    body: JSON.stringify({ input: "Hello", agent_config: { model: `mock/${model}` } }),
    signal,
  });

/** Agents' objects that have anything on disk. */
function agentsOnDisk(): number {
  const files = globSync(join(platform.state, "data/do/*AgentObject*/*.sqlite"));
  return files.filter((path) => {
    if (path.endsWith("metadata.sqlite")) return false;
    const database = new DatabaseSync(path, { readOnly: true });
    const kept = database.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = '_cf_KV'").get();
    const rows = kept?.["n"] === 1 ? database.prepare("SELECT count(*) AS n FROM _cf_KV").get() : { n: 0 };
    database.close();
    return Number(rows?.["n"]) > 0;
  }).length;
}

const agentsMade = async (count: number): Promise<void> => {
  await expect.poll(agentsOnDisk, { timeout: 20_000 }).toBe(count);
};

it("an agent of one turn goes when its caller has left before the answer", async () => {
  const leaving = new AbortController();
  const left = ask("slow-60x20", leaving.signal).catch((error: unknown) => (error as Error).name);
  await agentsMade(1);
  leaving.abort();
  expect(await left).toBe("AbortError");
  await agentsMade(0);
});

it("an agent of one turn goes when the platform was killed under it", async () => {
  const lost = ask("slow-200x20").catch(() => "lost");
  await agentsMade(1);
  await platform.kill();
  await lost;
  expect(agentsOnDisk()).toBe(1);
  platform = await startPlatform(options);
  await agentsMade(0);
});
