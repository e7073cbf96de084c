import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test } from "vitest";
import type { TaskDelivery } from "../contract.ts";
import { GivenUpTasks } from "../tasks/given-up-tasks.ts";
import { TaskStore } from "../tasks/task-store.ts";
import { HandingOver } from "./handing-over.ts";
import type { HandingOverHost } from "./handing-over.ts";

const task: TaskDelivery = {
  taskId: "t",
  form: "bare",
  source: null,
  type: null,
  priority: "MEDIUM",
  deadline: null,
  conversation: null,
  shadow: false,
  encrypted: true,
  message: {},
  receivedAt: 1,
};

test("a task that ends while it is encrypted to another agent stays, and is answered", () =>
  runInDurableObject(env.FUSE_AGENTS.getByName(newId()), async (_, { storage: { sql } }) => {
    const store = new TaskStore(sql);
    store.migrate();
    store.insert(task, "{}");
    /** Whether an end is not on disk yet. */
    let ends = false;
    const host = {
      store,
      givenUp: new GivenUpTasks(sql),
      content: { delivery: () => task },
      seal: {
        ready: async () => {},
        resealed: async () => {
          ends = true;
          return task;
        },
      },
      settled: async () => {
        if (!ends) return;
        const ending = { taskId: "t", status: "completed", executionId: null, error: null } as const;
        store.end({ ...ending, startedAt: 1, endedAt: 2, answer: "done" });
      },
    } as unknown as HandingOverHost;
    const handOff = { id: "one", to: { name: "peer", agentId: null }, by: null };
    expect(await new HandingOver(host).release("t", handOff)).toBeNull();
    expect(store.row("t")?.status).toBe("completed");
  }));
