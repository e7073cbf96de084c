/** The cache as the gateway uses it: the real object, over real RPC. */
import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test, vi } from "vitest";
import { log } from "../../observability/index.ts";
import { ObjectAnswerCache } from "./answer-cache.ts";
import type { CacheLookup } from "./contract.ts";
import { type QuestionParts, answerOf, questionOf } from "./testing/questions.ts";

log.setLevel("silent");

/** One that remembers nothing by itself, as an isolate that has just begun. */
const fresh = (): ObjectAnswerCache => new ObjectAnswerCache(env, { recentBytes: 0 });
const cache = fresh();

const look = (workspaceId: string, parts: QuestionParts = {}): Promise<CacheLookup> =>
  cache.lookup(questionOf(Date.now(), { workspaceId, ...parts }));

/** A lead answers with `text`. */
async function ask(workspaceId: string, text: string, parts: QuestionParts = {}): Promise<CacheLookup> {
  const found = await look(workspaceId, parts);
  if (found.found === "lead") await found.lead.store(answerOf(text));
  return found;
}

const hit = (text: string) => ({ found: "hit", answer: answerOf(text), similarity: 1 });

test("an answer is given again, in its own workspace, and after a restart", async () => {
  const workspace = newId();
  expect(await ask(workspace, "first")).toMatchObject({ found: "lead" });
  expect(await ask(workspace, "second")).toEqual(hit("first"));
  expect(await ask(newId(), "other")).toMatchObject({ found: "lead" });
  await evictDurableObject(env.ANSWERS.getByName(workspace));
  expect(await ask(workspace, "third")).toEqual(hit("first"));
});

test("of equal calls at once one leads, and all get its answer", async () => {
  const workspace = newId();
  const found = await Promise.all(Array.from({ length: 30 }, () => ask(workspace, "once")));
  expect(found.filter((one) => one.found === "lead")).toHaveLength(1);
  expect(found.filter((one) => one.found === "hit")).toHaveLength(29);
  expect(await cache.counts(workspace)).toMatchObject({ entries: 1, hits: 29, misses: 1 });
});

test("a lead that gives up hands over", async () => {
  const workspace = newId();
  const leading = await look(workspace);
  const waiting = ask(workspace, "by the second");
  if (leading.found === "lead") await leading.lead.abandon();
  expect(await waiting).toMatchObject({ found: "lead" });
  expect(await ask(workspace, "by the third")).toEqual(hit("by the second"));
});

test("a lead whose object dies hands over", async () => {
  const workspace = newId();
  const dying = env.FLEETS.getByName(newId());
  const died = runInDurableObject(dying, async (_, state) => {
    const found = await look(workspace);
    state.abort(`it had ${found.found === "lead" ? "the lead" : found.found}`);
  });
  await expect(died).rejects.toThrow("it had the lead");
  expect(await ask(workspace, "by the second")).toMatchObject({ found: "lead" });
});

test("a caller whose object dies while it waits is passed over", async () => {
  const workspace = newId();
  const leading = await look(workspace);
  const dying = env.FLEETS.getByName(newId());
  const died = runInDurableObject(dying, async (_, state) => {
    void look(workspace);
    // Sent after the question, to the same object: by its answer the question has arrived.
    await cache.counts(workspace);
    state.abort("gone");
  });
  await expect(died).rejects.toThrow("gone");
  const waiting = ask(workspace, "by the third");
  if (leading.found === "lead") await leading.lead.abandon();
  expect(await waiting).toMatchObject({ found: "lead" });
});

test("vectors are kept and compared", async () => {
  const workspace = newId();
  const parts = (input: string, vector: number[]): QuestionParts => ({
    input,
    policy: { mode: "semantic" },
    embed: () => Promise.resolve({ model: "embedder", vector }),
  });
  await ask(workspace, "300 m", parts("How high is the tower?", [1, 0]));
  const found = await ask(workspace, "no", parts("What is the tower's height?", [1, 0.1]));
  expect(found).toMatchObject({ found: "hit", answer: answerOf("300 m") });
  expect(await ask(workspace, "no", parts("Who built it?", [0, 1]))).toMatchObject({ found: "lead" });
});

test("what has expired is swept by the alarm", async () => {
  const workspace = newId();
  await ask(workspace, "short", { policy: { ttlSeconds: 60 } });
  await ask(workspace, "long", { input: "Another", policy: { ttlSeconds: 86_400 } });
  const stub = env.ANSWERS.getByName(workspace);
  const rows = () =>
    runInDurableObject(stub, (_, state) => state.storage.sql.exec("SELECT 1 FROM answers").toArray().length);
  expect(await rows()).toBe(2);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  try {
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
  expect(await rows()).toBe(1);
  expect(await runInDurableObject(stub, (_, state) => state.storage.getAlarm())).not.toBeNull();
});
