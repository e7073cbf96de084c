/** A platform that is started again has its bridges, although nobody asks for them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startRedis } from "../../../../../test/fuse/redis.ts";
import { TestedBridge, newNames, settingsOf } from "./bridges.ts";
import { startPlatform, until } from "./platform.ts";

const directory = mkdtempSync(join(tmpdir(), "orrery-bridges-"));
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

test("a bridge comes back by itself, with its outbox and what it had not acknowledged; a disabled one does not", async () => {
  const redis = await startRedis({ appendOnly: true });
  const peer = redis.client();
  const clients = async (id: string): Promise<number> =>
    String(await peer.client("LIST")).split(`name=orrery:${id}`).length - 1;
  const first = await startPlatform(directory);
  const names = newNames();
  const settings = settingsOf({ kind: "tcp", url: redis.url }, names, "streams");
  const { id } = await first.create(settings);
  const before = new TestedBridge(first, peer, names, id);
  await before.connected();
  const parted = await first.create({ ...settings, namespace: "parted", enabled: false });
  await before.add({ id: "kept waiting", behave: 1 });
  await until(async () => (await before.pending()) === 1);
  redis.pause();
  await first.send(id, [{ key: "late", role: "results", value: { taskId: "late" } }]);
  await first.stop();
  redis.resume();
  await until(async () => (await clients(id)) === 0);

  const second = await startPlatform(directory);
  // One for commands, and one that waits for each role.
  await until(async () => (await clients(id)) === 4, 20);
  const after = new TestedBridge(second, peer, names, id);
  await until(async () => (await after.pending()) === 0);
  await until(async () => (await after.results()).length === 1);
  expect(await clients(parted.id)).toBe(0);
  expect(await after.taken()).toEqual(["kept waiting"]);
  await second.stop();
  await redis.stop();
});
