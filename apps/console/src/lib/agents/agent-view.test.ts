import { ApiError, type Agents, type Events } from "@orrery/client";
import type { LiveEvent } from "@orrery/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AgentView } from "./agent-view.svelte.ts";
import { agent } from "./testing/agent.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const { id } = agent();

/** Events that the test tells of. */
function events() {
  let tell: (event: LiveEvent) => void = () => {};
  const subscribe: Events["subscribe"] = async function* () {
    for (;;) yield await new Promise<LiveEvent>((resolve) => (tell = resolve));
  };
  return {
    source: { subscribe },
    happens: (type: LiveEvent["type"], agentId = id) =>
      tell({ id: "1", type, at: "2026-11-20T12:00:00.000Z", agentId, data: {} }),
  };
}

test("an agent on show is read anew when something happens to it, wherever it stands in lists", async () => {
  let reads = 0;
  const get: Agents["get"] = () => Promise.resolve(agent({ name: `Reader ${++reads}` }));
  const { source, happens } = events();
  const view = new AgentView(id, { get });
  const leave = view.follow(source);
  await vi.advanceTimersByTimeAsync(0);
  expect(view.agent?.name).toBe("Reader 1");
  happens("agent.updated");
  await vi.advanceTimersByTimeAsync(0);
  expect(view.agent?.name).toBe("Reader 2");
  happens("execution.completed", "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a99");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(view.agent?.name).toBe("Reader 2");
  leave();
});

test("an agent that was deleted elsewhere is shown no more; one that cannot be read stays", async () => {
  const failures: unknown[] = [
    new Error("away"),
    new ApiError({ status: 404, code: "not_found", detail: "There is no such agent." }),
  ];
  const view = new AgentView(id, { get: () => Promise.reject(failures.shift()) }, agent());
  await view.load();
  expect([view.agent?.id, view.error]).toEqual([id, expect.any(Error)]);
  await view.load();
  expect([view.agent, view.error]).toEqual([undefined, expect.any(ApiError)]);
});
