import { beforeEach, describe, expect, test, vi } from "vitest";
import { idempotentAnswers } from "./idempotent-answers.ts";
import { keptBodies } from "./kept-body.ts";
import { createSeal } from "./seal.ts";
import {
  bodyOf,
  json,
  made,
  signingKey,
  testClient,
  tokenFor,
  tokenWith,
  unhurried,
} from "./testing/client.ts";

const notes = "/api/v1/notes";
const client = testClient();
const patience = { timeout: 10_000 };

let key: string;
beforeEach(() => {
  key = crypto.randomUUID();
  made.length = 0;
});

const send = (text: string, token?: string) =>
  client.fetch(notes, {
    ...json({ text }, { "idempotency-key": key }),
    ...(token !== undefined && { token }),
  });

test("the same key and body get the first answer again, and the work is done once", async () => {
  const first = await send("a");
  const second = await send("a");
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(first.headers.has("idempotency-replayed")).toBe(false);
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(second.headers.get("location")).toBe(first.headers.get("location"));
  expect(await second.text()).toBe(await first.text());
  expect(made).toEqual(["a"]);
});

test("a query is part of the address that a key is for", async () => {
  const to = (query: string) => client.fetch(notes + query, json({ text: "a" }, { "idempotency-key": key }));
  await to("?page=1");
  await to("?page=2");
  await to("?page=2");
  expect(made).toEqual(["a", "a"]);
});

test("a request that runs for minutes keeps its key: whoever asks again meanwhile does no work", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  // An isolate of its own: others remember what time it is.
  const isolate = testClient();
  const ask = () => isolate.fetch(notes, json({ text: "slow" }, { "idempotency-key": key }));
  try {
    const started = Date.now();
    const claimedAt = async () => {
      const row = await client.env.DB.prepare("SELECT max(claimed_at) AS at FROM idempotent_answers").first(
        "at",
      );
      return Number(row) - started;
    };
    const first = ask();
    await vi.waitFor(() => expect(made).toEqual(["slow"]), patience);
    for (const seconds of [20, 40, 60, 80]) {
      await vi.advanceTimersByTimeAsync(20_000);
      await vi.waitFor(
        async () => expect(await claimedAt()).toBeGreaterThan((seconds - 10) * 1_000),
        patience,
      );
    }
    expect((await ask()).status).toBe(409);
    unhurried.resolve();
    expect((await first).status).toBe(201);
    expect((await ask()).headers.get("idempotency-replayed")).toBe("true");
    expect(made).toEqual(["slow"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a caller who leaves does not keep what was asked from being done, and its answer from being kept", async () => {
  const kept = await client.leave(notes, json({ text: "left" }, { "idempotency-key": key }));
  await vi.waitFor(() => expect(kept).toHaveLength(1), patience);
  await Promise.all(kept);
  const again = await send("left");
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
  expect(made).toEqual(["left"]);
});

test("the same key with another body is refused", async () => {
  await send("a");
  const response = await send("b");
  expect(response.status).toBe(422);
  expect(await bodyOf(response)).toMatchObject({ code: "idempotency_mismatch" });
  expect(made).toEqual(["a"]);
});

test("attempts that overlap do the work once; the others are told to look again", async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => send("a")));
  const statuses = answers.map((response) => response.status);
  expect(made).toEqual(["a"]);
  expect(statuses).toContain(201);
  for (const response of answers.filter(({ status }) => status !== 201)) {
    expect(response.status).toBe(409);
    expect(response.headers.get("retry-after")).toBe("1");
  }
});

test("a key is one caller's, in one workspace, at one address", async () => {
  await send("a");
  await send("a", await tokenWith({ sub: "another" }));
  await send("a", await tokenWith({ workspace: "other" }));
  expect(made).toEqual(["a", "a", "a"]);
  const elsewhere = await client.fetch("/api/v1/tickets", {
    method: "POST",
    headers: { "idempotency-key": key },
  });
  expect(elsewhere.status).toBe(201);
});

test("a refusal is an answer too; a defect of ours is not", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  expect([
    (await send("conflict")).status,
    (await send("conflict")).headers.get("idempotency-replayed"),
  ]).toEqual([409, "true"]);
  key = crypto.randomUUID();
  await send("defect");
  const again = await send("defect");
  vi.restoreAllMocks();
  expect([again.status, again.headers.has("idempotency-replayed")]).toEqual([500, false]);
  expect(made).toEqual(["conflict", "defect", "defect"]);
});

test("an answer without a body is replayed without one", async () => {
  const path = `${notes}/3b241101-e2bb-4255-8caf-4136c566a962`;
  const remove = () => client.fetch(path, { method: "DELETE", headers: { "idempotency-key": key } });
  await remove();
  const again = await remove();
  expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([204, "true"]);
});

test("a replay needs the scopes that the route needs", async () => {
  await send("a", await tokenFor("agents:write"));
  const response = await send("a", await tokenFor("agents:read"));
  expect(response.status).toBe(403);
});

test.each(["", " ", "a b", "é", "x".repeat(256)])("the key %j is malformed", async (bad) => {
  const headers = new Headers({ "content-type": "application/json" });
  try {
    headers.set("idempotency-key", bad);
  } catch {
    return;
  }
  const response = await client.fetch(notes, { method: "POST", body: '{"text":"a"}', headers });
  expect(response.status).toBe(400);
});

test("a new token's secret can be had again by the key, and lies nowhere in clear", async () => {
  const make = () =>
    client.fetch("/api/v1/tokens", json({ name: "n", scopes: ["agents:read"] }, { "idempotency-key": key }));
  const first = await bodyOf(await make());
  const second = await bodyOf(await make());
  expect(second).toEqual(first);
  const rows = await client.env.DB.prepare("SELECT * FROM idempotent_answers").all();
  expect(rows.results.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows.results)).not.toContain(first["secret"]);
});

describe("kept answers", () => {
  const seal = createSeal(new Uint8Array(signingKey), "test");
  const answer = { status: 201, headers: [] as [string, string][], body: "first" };
  const hour = 60 * 60_000;

  function at(clock: { now: number }) {
    const bodies = keptBodies(client.env, "default");
    return idempotentAnswers(client.env.DB, seal, bodies, () => clock.now);
  }

  test("are forgotten after a day", async () => {
    const clock = { now: 1_000 };
    const answers = at(clock);
    const claimed = await answers.claim(key, "hash");
    if (claimed.outcome !== "mine") throw new Error("the place is free");
    await answers.keep(key, claimed.claim, answer);
    clock.now += 24 * hour - 1;
    expect(await answers.claim(key, "hash")).toEqual({ outcome: "answered", answer });
    clock.now += 1;
    expect(await answers.claim(key, "other hash")).toMatchObject({ outcome: "mine" });
  });

  test("of a request that gives signs of life are not taken over, until a minute after the last", async () => {
    const clock = { now: 1_000 };
    const answers = at(clock);
    const slow = await answers.claim(key, "hash");
    if (slow.outcome !== "mine") throw new Error("the place is free");
    for (let minutes = 0; minutes < 5; minutes += 1) {
      clock.now += 59_000;
      await answers.renew(key, slow.claim);
    }
    clock.now += 59_999;
    expect(await answers.claim(key, "hash")).toEqual({ outcome: "running" });
    clock.now += 1;
    expect(await answers.claim(key, "hash")).toMatchObject({ outcome: "mine" });
    // What was taken over is another's: a late sign of life prolongs nothing.
    await answers.renew(key, slow.claim);
    clock.now += 60_000;
    expect(await answers.claim(key, "hash")).toMatchObject({ outcome: "mine" });
  });

  test("of a request that never ended are taken over after a minute, by one", async () => {
    const clock = { now: 1_000 };
    const answers = at(clock);
    const deserted = await answers.claim(key, "hash");
    clock.now += 59_999;
    expect(await answers.claim(key, "hash")).toEqual({ outcome: "running" });
    clock.now += 1;
    expect(await answers.claim(key, "hash")).toMatchObject({ outcome: "mine" });
    expect(await answers.claim(key, "hash")).toEqual({ outcome: "running" });
    // The first comes back from the dead: its answer is not the one that counts.
    if (deserted.outcome === "mine") await answers.keep(key, deserted.claim, answer);
    expect(await answers.claim(key, "hash")).toEqual({ outcome: "running" });
  });

  test("open in their own place only", async () => {
    const sealed = await seal.close("text", "here");
    expect(await seal.open(sealed, "here")).toBe("text");
    await expect(seal.open(sealed, "there")).rejects.toThrow(/decrypt|operation/i);
  });
});
