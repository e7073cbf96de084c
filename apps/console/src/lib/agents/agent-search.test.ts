import type { Agents } from "@orrery/client";
import type { Agent } from "@orrery/protocol";
import { flushSync } from "svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AgentSearch } from "./agent-search.svelte.ts";
import { agent } from "./testing/agent.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A platform whose answers the test gives. */
function asked() {
  const answers: { q: string | undefined; answer: (agents: Agent[]) => void; fail: () => void }[] = [];
  const list: Agents["list"] = (query) =>
    new Promise((resolve, reject) => {
      answers.push({
        q: query?.q,
        answer: (items) => resolve({ items, nextCursor: null }),
        fail: () => reject(new Error("away")),
      });
    });
  return { search: new AgentSearch({ list }, 8), answers };
}

const named = (name: string) => agent({ id: `019aa0c4-7d3e-7a51-9c55-${name.padEnd(12, "0")}`, name });

const settled = async () => {
  await vi.runAllTimersAsync();
  flushSync();
};

describe("agents found as one types", () => {
  test("are, until there is an answer, those at hand that have the words", async () => {
    const { search, answers } = asked();
    search.search("");
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.answer([named("Contracts reader"), named("Writer"), named("Release notes")]);
    await settled();
    expect([search.searching, search.found.length]).toEqual([false, 3]);

    search.search("re");
    expect(search.searching).toBe(true);
    expect(search.found.map(({ name }) => name)).toEqual(["Contracts reader", "Release notes"]);
    await vi.advanceTimersByTimeAsync(1_000);
    answers[1]?.answer([named("Reader of old")]);
    await settled();
    expect([search.searching, search.found.map(({ name }) => name)]).toEqual([false, ["Reader of old"]]);
  });

  test("are those of the last words, whichever answer comes last", async () => {
    const { search, answers } = asked();
    const stop = search.search("a");
    await vi.advanceTimersByTimeAsync(1_000);
    stop();
    search.search("ab");
    await vi.advanceTimersByTimeAsync(1_000);
    answers[1]?.answer([named("Abacus")]);
    answers[0]?.answer([named("Anything")]);
    await settled();
    expect(search.found.map(({ name }) => name)).toEqual(["Abacus"]);
  });

  test("are waited for no longer once the search failed", async () => {
    const { search, answers } = asked();
    search.search("a");
    await vi.advanceTimersByTimeAsync(1_000);
    answers[0]?.fail();
    await settled();
    expect([search.searching, search.error]).toEqual([false, expect.any(Error)]);
  });
});
