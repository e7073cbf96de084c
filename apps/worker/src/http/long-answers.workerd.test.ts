/** First answers that are longer than one value of the database. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { type IdempotentAnswers, idempotentAnswers } from "./idempotent-answers.ts";
import { keptBodies } from "./kept-body.ts";
import { createSeal } from "./seal.ts";
import { bodyOf, json, made, signingKey, testClient } from "./testing/client.ts";
import { type Workspace, newWorkspace } from "./testing/workspace.ts";

const day = 24 * 60 * 60_000;

let key: string;
beforeEach(() => {
  key = crypto.randomUUID();
  made.length = 0;
});

/** No two stretches of it are the same. */
const longBody = (of: string): string => Array.from({ length: 400_000 }, (_, at) => `${of} ${at}\n`).join("");

const partsOf = async (id: string): Promise<number> => {
  const row = await env.DB.prepare("SELECT count(*) AS n FROM idempotent_answer_parts WHERE id = ?")
    .bind(id)
    .first<{ n: number }>();
  return row?.n ?? 0;
};

const claimOf = async (answers: IdempotentAnswers, id: string): Promise<string> => {
  const claimed = await answers.claim(id, "hash");
  if (claimed.outcome !== "mine") throw new Error("the place is free");
  return claimed.claim;
};

const answersOf = (workspaceId: string, clock: { now: number }): IdempotentAnswers =>
  idempotentAnswers(
    env.DB,
    createSeal(new Uint8Array(signingKey), "test"),
    keptBodies(env, workspaceId),
    () => clock.now,
  );

test("a long answer is given again, and the work is done once", async () => {
  const client = testClient();
  const send = () => client.fetch("/api/v1/notes", json({ text: "long" }, { "idempotency-key": key }));
  const first = await send();
  const again = await send();
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
  expect((await again.text()) === (await first.text())).toBe(true);
  expect(made).toEqual(["long"]);
});

describe("all parts of a long answer", () => {
  const answer = { status: 200, headers: [] as [string, string][], body: longBody("first") };

  test("go once it is dropped", async () => {
    const answers = answersOf("default", { now: Date.now() });
    const claim = await claimOf(answers, key);
    await answers.keep(key, claim, answer);
    expect(await partsOf(key)).toBeGreaterThan(1);
    await answers.drop(key, claim);
    expect(await partsOf(key)).toBe(0);
  });

  test("go after a day, when any other is kept", async () => {
    const clock = { now: Date.now() };
    const answers = answersOf("default", clock);
    await answers.keep(key, await claimOf(answers, key), answer);
    clock.now += day;
    const other = crypto.randomUUID();
    await answers.keep(other, await claimOf(answers, other), { ...answer, body: "short" });
    expect(await partsOf(key)).toBe(0);
  });

  test("go when the key is used again after a day: what is given then is the newer answer", async () => {
    const clock = { now: Date.now() };
    const answers = answersOf("default", clock);
    await answers.keep(key, await claimOf(answers, key), answer);
    clock.now += day;
    const newer = { ...answer, body: longBody("newer").slice(0, 3_000_000) };
    await answers.keep(key, await claimOf(answers, key), newer);
    const claimed = await answers.claim(key, "hash");
    expect(claimed.outcome === "answered" && claimed.answer.body === newer.body).toBe(true);
  });

  test("are those of the claim that counts: a late one adds none", async () => {
    const clock = { now: Date.now() };
    const answers = answersOf("default", clock);
    const deserted = await claimOf(answers, key);
    clock.now += 60_000;
    await claimOf(answers, key);
    await answers.keep(key, deserted, answer);
    expect(await partsOf(key)).toBe(0);
  });
});

describe("a long answer about a confidential agent", () => {
  const answer = { status: 200, headers: [] as [string, string][], body: longBody("confidential") };
  let workspace: Workspace;
  let agentId: string;
  beforeEach(async () => {
    workspace = newWorkspace();
    const agent = { name: "Clerk", confidential: true };
    agentId = String((await bodyOf(await workspace.call("POST", "/agents", { body: agent })))["id"]);
  });

  test("is given again, until the agent is deleted: then none of it is left", async () => {
    const answers = answersOf(workspace.workspaceId, { now: Date.now() });
    await answers.keep(key, await claimOf(answers, key), answer, agentId);
    const claimed = await answers.claim(key, "hash");
    expect(claimed.outcome === "answered" && claimed.answer.body === answer.body).toBe(true);

    expect((await workspace.call("DELETE", `/agents/${agentId}`)).status).toBe(204);
    expect(await partsOf(key)).toBe(0);
  });

  test("leaves nothing behind where the agent is gone before it is kept", async () => {
    const bodies = keptBodies(env, workspace.workspaceId);
    const seal = createSeal(new Uint8Array(signingKey), "test");
    const late = idempotentAnswers(
      env.DB,
      seal,
      {
        ...bodies,
        async close(...given) {
          const kept = await bodies.close(...given);
          await env.DB.prepare("DELETE FROM agents WHERE id = ?").bind(agentId).run();
          return kept;
        },
      },
      Date.now,
    );
    await late.keep(key, await claimOf(late, key), answer, agentId);
    expect(await partsOf(key)).toBe(0);
    expect(await late.claim(key, "hash")).toEqual({
      outcome: "answered",
      answer: { status: 200, headers: [], body: "" },
    });
  });
});

test("an answer that cannot be kept leaves its key free, and is logged", async () => {
  const client = testClient();
  const send = () => client.fetch("/api/v1/notes", json({ text: "a" }, { "idempotency-key": key }));
  const logged = vi.spyOn(console, "error").mockReturnValue();
  await env.DB.prepare(
    `CREATE TRIGGER unkept BEFORE UPDATE OF answer ON idempotent_answers BEGIN SELECT RAISE(ABORT, 'no room'); END`,
  ).run();
  try {
    expect((await send()).status).toBe(201);
    expect(logged.mock.calls.flat().join()).toContain("http.answer-not-kept");
  } finally {
    await env.DB.prepare("DROP TRIGGER unkept").run();
    logged.mockRestore();
  }
  expect((await send()).headers.has("idempotency-replayed")).toBe(false);
  expect((await send()).headers.get("idempotency-replayed")).toBe("true");
  expect(made).toEqual(["a", "a"]);
});
