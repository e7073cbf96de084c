import { expect, test, vi } from "vitest";
import type { FlagSetting, FlagStore } from "./flag-store.ts";
import { Flags } from "./flags.ts";
import { WorkspaceFlags } from "./workspace-flags.ts";

const second = 1_000;

/** A store in memory that can fail, and counts its reads. */
function keptStore(): FlagStore & { rows: Map<string, FlagSetting[]>; fails: boolean; reads: number } {
  return {
    rows: new Map(),
    fails: false,
    reads: 0,
    async read(workspaceId) {
      this.reads += 1;
      if (this.fails) throw new Error("D1 is down");
      return this.rows.get(workspaceId) ?? [];
    },
    async set(workspaceId, name, agentId, enabled) {
      const others = (this.rows.get(workspaceId) ?? []).filter(
        (row) => row.name !== name || row.agentId !== agentId,
      );
      this.rows.set(workspaceId, enabled === null ? others : [...others, { name, agentId, enabled }]);
    },
  };
}

function isolate(store: FlagStore) {
  const clock = { now: 0 };
  return { flags: new Flags(store, () => clock.now), clock };
}

test("what is said of an agent goes before its workspace, and that before the default", () => {
  const flags = new WorkspaceFlags([
    { name: "fuse-progress", agentId: "", enabled: false },
    { name: "fuse-progress", agentId: "ada", enabled: true },
    { name: "fuse-ageing", agentId: "bob", enabled: false },
    { name: "gone-since", agentId: "", enabled: true },
  ]);
  expect([flags.enabled("fuse-progress"), flags.enabled("fuse-progress", "ada")]).toEqual([false, true]);
  expect([flags.enabled("fuse-progress", "bob"), flags.enabled("fuse-ageing", "bob")]).toEqual([
    false,
    false,
  ]);
  expect([flags.enabled("fuse-ageing"), flags.enabled("fuse-ageing", "ada")]).toEqual([true, true]);
  expect(flags.all("ada")).toMatchObject({ "fuse-progress": true, "fuse-ageing": true });
  expect(flags.describe("fuse-progress")).toMatchObject({ workspace: false, agents: { ada: true } });
});

test("a flag that was set holds at once here, and in another isolate within three seconds", async () => {
  const store = keptStore();
  const here = isolate(store);
  const there = isolate(store);
  expect(await there.flags.enabled("lab", "fuse-progress")).toBe(true);
  await here.flags.set("lab", "fuse-progress", { enabled: false });
  expect(await here.flags.enabled("lab", "fuse-progress")).toBe(false);
  there.clock.now = 2 * second;
  expect(await there.flags.enabled("lab", "fuse-progress")).toBe(true);
  there.clock.now = 3 * second;
  expect(await there.flags.enabled("lab", "fuse-progress")).toBe(false);
  expect(await there.flags.enabled("other", "fuse-progress")).toBe(true);
});

test("asking again within three seconds reads nothing", async () => {
  const store = keptStore();
  const { flags } = isolate(store);
  for (let asked = 0; asked < 100; asked++) await flags.enabled("lab", "fuse-ageing", `agent-${asked}`);
  expect(store.reads).toBe(1);
});

test("without the database what was read last holds, and nobody is kept waiting for it again and again", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const store = keptStore();
  const { flags, clock } = isolate(store);
  await flags.set("lab", "fuse-ageing", { enabled: false });
  store.fails = true;
  clock.now = 60 * second;
  expect(await flags.enabled("lab", "fuse-ageing")).toBe(false);
  expect(await flags.enabled("unread", "fuse-ageing")).toBe(true);
  const { reads } = store;
  await flags.enabled("lab", "fuse-ageing");
  await flags.enabled("unread", "fuse-ageing");
  expect(store.reads).toBe(reads);
});
