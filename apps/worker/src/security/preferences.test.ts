import { Hono } from "hono";
import { expect, it } from "vitest";
import { prefers, prefersAsync, wantsFresh } from "./preferences.ts";

const app = new Hono().get("/", (c) =>
  c.json({ stream: prefers(c, "text/event-stream"), async: prefersAsync(c), fresh: wantsFresh(c) }),
);

const asked = async (headers: Record<string, string>): Promise<Record<string, boolean>> =>
  await (await app.request("/", { headers })).json<Record<string, boolean>>();

it.each([
  ["text/event-stream", true],
  ["TEXT/EVENT-STREAM", true],
  ["text/event-stream; charset=utf-8", true],
  ["text/event-stream, application/json", true],
  ["application/json;q=0.5, text/event-stream", true],
  ["text/*", true],
  ["text/event-stream;q=0", false],
  ["application/json, text/event-stream", false],
  ["text/event-stream;q=0.4, application/json;q=0.5", false],
  ["*/*", false],
  ["application/json", false],
  ["text/event-streams", false],
])("Accept: %s asks for a stream: %s", async (accept, stream) => {
  expect(await asked({ accept })).toMatchObject({ stream });
});

it("who does not say gets what is usual", async () => {
  expect(await asked({})).toEqual({ stream: false, async: false, fresh: false });
});

it.each([
  ["respond-async", true],
  ["Respond-Async", true],
  ["wait=10, RESPOND-ASYNC", true],
  ["respond-async; foo=bar", true],
  ['note="a, b", respond-async', true],
  ['note="respond-async, "', false],
  ["respond-asynchronously", false],
  ["wait=respond-async", false],
])("Prefer: %s asks to be answered at once: %s", async (prefer, async_) => {
  expect(await asked({ prefer })).toMatchObject({ async: async_ });
});

it.each([
  ["no-cache", true],
  ["No-Store", true],
  ["max-age=0, NO-CACHE", true],
  ["max-age=0", false],
  ["no-cached", false],
])("Cache-Control: %s asks for an answer of now: %s", async (control, fresh) => {
  expect(await asked({ "cache-control": control })).toMatchObject({ fresh });
});
