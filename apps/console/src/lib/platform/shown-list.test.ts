import { expect, test, vi } from "vitest";
import { ShownList } from "./shown-list.ts";

test("a list is read for a filter once, and again when another one was shown in between", async () => {
  const filter = vi.fn<(filter: { status?: string; agentId?: string }) => Promise<void>>(() =>
    Promise.resolve(),
  );
  const list = new ShownList(filter);
  expect(list.shows({})).toBe(false);
  await list.show({});
  await list.show({});
  await list.show({ status: "failed", agentId: "a" });
  await list.show({ agentId: "a", status: "failed" });
  expect(list.shows({ status: "failed", agentId: "a" })).toBe(true);
  expect(list.shows({})).toBe(false);
  await list.show({});
  expect(filter.mock.calls.map(([asked]) => asked)).toEqual([{}, { status: "failed", agentId: "a" }, {}]);
});

test("whoever asks for what is being read waits for it too", async () => {
  const read = Promise.withResolvers<void>();
  const list = new ShownList<object>(() => read.promise);
  const done: string[] = [];
  void list.show({}).then(() => done.push("first"));
  void list.show({}).then(() => done.push("second"));
  await Promise.resolve();
  expect(done).toEqual([]);
  read.resolve();
  await expect.poll(() => done).toEqual(["first", "second"]);
});
