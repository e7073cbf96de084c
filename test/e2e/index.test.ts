/** The index follows the agents' objects, and is made anew from them. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@orrery/client";
import { expect, it } from "vitest";
import { startPlatform, stateFolder } from "../platform/platform.ts";

it("the index is rebuilt from the agents' objects when all of it is lost", async () => {
  const state = stateFolder();
  let platform = await startPlatform({ state });
  let client = createClient({ baseUrl: platform.url, token: platform.token });
  const agent = await client.agents.create({ name: "Remembered" });
  const execution = await client.executions.create(agent.id, "Are you there?");
  // What an agent knows the index to lack it brings there by itself, when it is woken; this one has nothing to bring.
  const indexed = async () => (await client.executions.listRecent()).items.map(({ status }) => status);
  await expect.poll(indexed, { timeout: 20_000 }).toEqual(["completed"]);
  await platform.stop();

  const emptied = globSync(join(state, "data/d1/**/*.sqlite")).filter((path) => {
    if (path.includes("metadata")) return false;
    const database = new DatabaseSync(path);
    database.exec("DELETE FROM agents; DELETE FROM executions;");
    database.close();
    return true;
  });
  expect(emptied).toHaveLength(1);

  platform = await startPlatform({ state });
  client = createClient({ baseUrl: platform.url, token: platform.token });
  expect((await client.agents.list()).items).toEqual([]);
  const rebuild = async (path: string) => {
    const response = await fetch(`${platform.url}/api/v1/index/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${platform.token}` },
    });
    return (await response.json()) as { checked: number; differences: { kind: string }[]; repaired: boolean };
  };
  expect((await rebuild("check")).differences.map(({ kind }) => kind).toSorted()).toEqual([
    "missing",
    "missing-agent",
  ]);
  expect(await rebuild("rebuild")).toMatchObject({ checked: 1, repaired: true });
  expect((await rebuild("check")).differences).toEqual([]);
  expect((await client.agents.list()).items.map(({ name }) => name)).toEqual(["Remembered"]);
  expect((await client.executions.listRecent()).items.map(({ id }) => id)).toEqual([execution.id]);
  await platform.stop();
});
