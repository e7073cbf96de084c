import type { Executions } from "@orrery/client";
import type { Execution } from "@orrery/protocol";
import { expect, test, vi } from "vitest";
import { ExecutionById } from "./execution-by-id.svelte.ts";

const id = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";

test("a pasted id finds its execution, by what was asked", async () => {
  const get = vi.fn<Executions["get"]>(() => Promise.resolve({ id, input: "How late?" } as Execution));
  const executions = new ExecutionById({ get });
  executions.look(` ${id} `);
  expect(executions.looking).toBe(true);
  await expect.poll(() => executions.looking).toBe(false);
  expect(executions.found).toEqual({ id, words: "How late?" });
  executions.look("How late?");
  expect([executions.looking, executions.found, get.mock.calls.length]).toEqual([false, undefined, 1]);
});

test("an id of something else finds none", async () => {
  const executions = new ExecutionById({ get: () => Promise.reject(new Error("not found")) });
  executions.look(id);
  await expect.poll(() => executions.looking).toBe(false);
  expect(executions.found).toBeUndefined();
});
