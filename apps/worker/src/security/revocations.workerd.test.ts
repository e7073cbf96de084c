import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Revocations } from "./revocations.ts";

const second = 1_000;
let clock: number;
let work: Promise<unknown>[];
const background = { waitUntil: (promise: Promise<unknown>) => void work.push(promise) };

beforeEach(async () => {
  clock = Date.parse("2026-11-20T12:00:00.000Z");
  work = [];
  await env.DB.exec("DELETE FROM revoked_tokens");
});
afterEach(() => vi.restoreAllMocks());

/** The database, counting what is asked of it. */
function counted() {
  let reads = 0;
  const database = new Proxy(env.DB, {
    get(target, name: keyof D1Database) {
      if (name === "prepare") {
        return (sql: string) => {
          if (sql.startsWith("SELECT")) reads++;
          return target.prepare(sql);
        };
      }
      return target[name].bind(target);
    },
  });
  return { database, reads: () => reads };
}

const token = (tokenId: string, expiresAt: number | null = null) => ({
  workspaceId: "lab",
  tokenId,
  expiresAt,
});
const isolate = (database = env.DB) => new Revocations(database, () => clock);

test("a revoked token is refused at once here, and by an isolate that starts later", async () => {
  const here = isolate();
  await here.ready(background);
  await here.revoke(token("a"));
  expect([here.has("lab", "a"), here.has("lab", "b"), here.has("other", "a")]).toEqual([true, false, false]);
  const later = isolate();
  await later.ready(background);
  expect(later.has("lab", "a")).toBe(true);
});

test("another isolate under load notices within five seconds, and no request of it waits", async () => {
  const there = isolate();
  await there.ready(background);
  clock += second;
  await isolate().revoke(token("a"));
  clock += 4 * second;
  await there.ready(background);
  expect(there.has("lab", "a")).toBe(false);
  await Promise.all(work);
  expect(there.has("lab", "a")).toBe(true);
});

test("a fresh list is not read again, and one refresh runs at a time", async () => {
  const { database, reads } = counted();
  const here = isolate(database);
  for (let request = 0; request < 10; request++) await here.ready(background);
  expect(reads()).toBe(1);
  clock += 6 * second;
  await Promise.all(Array.from({ length: 10 }, () => here.ready(background)));
  expect(reads()).toBe(2);
});

test("a refresh that was cut off with its request does not end refreshing", async () => {
  const { database, reads } = counted();
  let cutOff = false;
  const here = isolate(
    new Proxy(database, {
      get(target, name: keyof D1Database) {
        if (!cutOff || name !== "prepare") return target[name];
        const never = { bind: () => never, all: () => new Promise(() => {}) };
        return () => never;
      },
    }),
  );
  await here.ready(background);
  cutOff = true;
  clock += 6 * second;
  await here.ready(background);
  cutOff = false;
  clock += 9 * second;
  await here.ready(background);
  expect(reads()).toBe(1);
  clock += second;
  await here.ready(background);
  expect(reads()).toBe(2);
});

test("an isolate that rested for a minute waits for the list, as a new one does", async () => {
  const here = isolate();
  await here.ready(background);
  clock += second;
  await isolate().revoke(token("a"));
  clock += 60 * second;
  await here.ready(background);
  expect([here.has("lab", "a"), work]).toEqual([true, []]);
});

test("without the database the old list still refuses; a new isolate lets nobody in", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const broken = { fails: false };
  const database = new Proxy(env.DB, {
    get(target, name: keyof D1Database) {
      if (broken.fails) throw new Error("D1 is down");
      return target[name].bind(target);
    },
  });
  const here = isolate(database);
  await here.revoke(token("a"));
  await here.ready(background);
  broken.fails = true;
  clock += 61 * second;
  await here.ready(background);
  expect(here.has("lab", "a")).toBe(true);
  await expect(isolate(database).ready(background)).rejects.toThrow("D1 is down");
});

test("what has ended by itself is forgotten, in memory and in the table", async () => {
  const here = isolate();
  await here.ready(background);
  await here.revoke(token("short", clock + second));
  clock += 120 * second;
  await here.ready(background);
  expect(here.has("lab", "short")).toBe(false);
  await here.revoke(token("another"));
  const { results } = await env.DB.prepare("SELECT token_id FROM revoked_tokens").all();
  expect(results).toEqual([{ token_id: "another" }]);
});

test("what is revoked for good stays so, whatever was said of its end before and after", async () => {
  const hour = 60 * 60 * second;
  for (const ends of [
    [clock + second, null],
    [null, clock + second],
    [clock + second, clock + 10 * hour],
  ]) {
    const [here, there] = [isolate(), isolate()];
    await there.ready(background);
    for (const end of ends) {
      await here.revoke(token("twice", end));
      clock += second;
    }
    clock += hour;
    await here.ready(background);
    await there.ready(background);
    const later = isolate();
    await later.ready(background);
    expect([here, there, later].map((one) => one.has("lab", "twice"))).toEqual([true, true, true]);
  }
});
