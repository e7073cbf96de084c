import { ChannelSettings } from "@orrery/protocol";
import { beforeEach, expect, test } from "vitest";
import { AgentDouble } from "../../../../test/redis/ownership/agent-double.ts";
import { durableStore } from "../../../../test/redis/ownership/durable-store.ts";
import { memberOf } from "../../../../test/redis/ownership/member.ts";
import type { Member, OwnershipHost } from "../contract.ts";
import { Decisions } from "./decisions.ts";
import { SharedStream } from "./shared-stream.ts";
import { migrateStore } from "./store.ts";

const day = 24 * 3_600_000;
const ours: Member = { ...memberOf("a"), mode: "orrery" };

let now: number;
let decisions: Decisions;
let agent: AgentDouble;
let commands: string[][];
let stream: SharedStream;
beforeEach(() => {
  now = 0;
  commands = [];
  agent = new AgentDouble("a");
  const { sql } = durableStore();
  migrateStore(sql);
  decisions = new Decisions(sql, () => now);
  const port = {
    channels: { tasks: ChannelSettings.parse({ name: "tasks", mode: "streams" }) },
    command: (...args: string[]) => Promise.resolve(commands.push(args)),
  };
  const host = { port, agent: () => agent.stub() } as unknown as Pick<OwnershipHost, "agent" | "port">;
  stream = new SharedStream(host, decisions);
});

/** The agent has a task that came by an entry, and has answered it or not. */
function has(taskId: string, status: "accepted" | "published"): void {
  decisions.decide(ours, taskId, `${taskId}-0`, "planner");
  decisions.taken("a", [{ taskId, heard: true }]);
  agent.tasks.set(taskId, { delivery: {} as never, status });
}

/** What a bridge does about every five seconds. */
async function tick(member: Member = ours): Promise<void> {
  decisions.tidy();
  for (const tasks of stream.old().values()) await stream.clearOld(member, tasks);
}

const isKnown = (taskId: string): boolean => decisions.find("a", taskId) !== undefined;

test("what is done is kept until it is out of the stream that the existing agent reads, and goes in time", async () => {
  has("unfinished", "accepted");
  has("done", "published");
  await tick();
  expect(commands).toEqual([]);
  now = day + 1;
  has("new", "published");
  await tick();
  expect(commands).toEqual([["XDEL", "tasks", "done-0"]]);
  await tick();
  expect(["unfinished", "done", "new"].map(isKnown)).toEqual([true, false, true]);
  expect(decisions.entries("a").map(({ task }) => task)).toEqual(["unfinished", "new"]);
  has("unfinished", "published");
  // The first look after the last one finds nothing behind it, and the next begins anew.
  for (let look = 0; look < 3; look++) await tick();
  expect(commands.slice(1)).toEqual([["XDEL", "tasks", "unfinished-0"]]);
  expect(isKnown("unfinished")).toBe(false);
});

test("what is kept for the stream does not keep what stands behind it from being forgotten", () => {
  for (let task = 0; task < 5_001; task += 1) has(`kept-${task}`, "accepted");
  decisions.decide({ ...ours, mode: "legacy" }, "theirs", null, "planner");
  now = day + 1;
  for (let look = 0; look < 2; look += 1) decisions.tidy();
  expect(["kept-0", "kept-5000", "theirs"].map(isKnown)).toEqual([true, true, false]);
  // From the beginning again: what is settled there meanwhile goes.
  decisions.forgetEntries("a", ["kept-0"]);
  for (let look = 0; look < 2; look += 1) decisions.tidy();
  expect(isKnown("kept-0")).toBe(false);
});

test("a stream that the existing agent does not read keeps what is in it", async () => {
  has("done", "published");
  now = day + 1;
  for (let look = 0; look < 2; look++) await tick({ ...ours, legacyChannels: "private" });
  expect([commands, isKnown("done")]).toEqual([[], false]);
});

test("a task that the agent never had is forgotten, and stays in the stream", async () => {
  decisions.decide(ours, "waits", "waits-0", "planner");
  now = day + 1;
  await tick();
  expect([commands, isKnown("waits")]).toEqual([[], false]);
});
