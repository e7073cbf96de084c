import type { EventDraft } from "@orrery/protocol";
import { newId } from "@orrery/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform } from "./testing/platform.ts";
import type { Frame, Platform } from "./testing/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
}, 60_000);
afterAll(() => platform.stop());

let workspaces = 0;
const workspace = (): string => `workspace-${++workspaces}`;

const event = (n: number, more: Partial<EventDraft> = {}): EventDraft => ({
  type: "execution.progress",
  at: "2026-11-20T12:00:00.000Z",
  data: { n },
  ...more,
});
const numbered = (from: number, to: number): EventDraft[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index));
const contents = (frames: Frame[]): unknown[] => frames.map((frame) => frame.data?.["n"]);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("a reader of live events", () => {
  test("is told first from where on events follow", async () => {
    const home = workspace();
    const early = await platform.follow(`workspace=${home}`);
    await early.until((frames) => frames.length === 1);
    expect(early.frames).toEqual([{ type: "ready", lastEventId: null }]);
    await platform.publish(home, numbered(1, 3));
    const late = await platform.follow(`workspace=${home}`);
    await late.until((frames) => frames.length === 1);
    expect(late.frames).toEqual([{ type: "ready", lastEventId: "3" }]);
  });

  test("gets events in the order of their ids, in one batch or many", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    await platform.publish(home, numbered(1, 5));
    await platform.publish(home, numbered(6, 6));
    await platform.publish(home, numbered(7, 9));
    const events = await reader.events(9);
    expect(contents(events)).toEqual(range(1, 9));
    expect(events.map(({ id }) => Number(id))).toEqual(range(1, 9));
  });

  test("gets the whole event, with its id in front", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    const draft: EventDraft = {
      type: "tool.called",
      at: "2026-11-20T12:00:00.000Z",
      agentId: newId(),
      executionId: newId(),
      data: { name: "calculate", text: 'line\nbreak "quoted" ☃' },
    };
    await platform.publish(home, [draft]);
    expect(await reader.events(1)).toEqual([{ id: "1", ...draft }]);
    const again = await platform.follow(`workspace=${home}&after=0`);
    expect(await again.events(1)).toEqual([{ id: "1", ...draft }]);
  });

  test("hears what every other reader of the workspace hears", async () => {
    const home = workspace();
    const readers = await Promise.all([1, 2].map(() => platform.follow(`workspace=${home}`)));
    await platform.publish(home, numbered(1, 20));
    const [first, second] = await Promise.all(readers.map((reader) => reader.events(20)));
    expect(first).toEqual(second);
  });

  test("hears nothing of another workspace", async () => {
    const [home, abroad] = [workspace(), workspace()];
    const reader = await platform.follow(`workspace=${home}`);
    await platform.publish(abroad, numbered(1, 5));
    await platform.publish(home, numbered(100, 100));
    expect(contents(await reader.events(1))).toEqual([100]);
    const resumed = await platform.follow(`workspace=${home}&after=0`);
    expect(contents(await resumed.events(1))).toEqual([100]);
  });

  test("may choose types and an agent, live and when it resumes", async () => {
    const home = workspace();
    const agentId = newId();
    const chosen = `workspace=${home}&types=execution.completed,tool.called&agentId=${agentId}`;
    const reader = await platform.follow(chosen);
    await platform.publish(home, [
      event(1),
      event(2, { agentId }),
      event(3, { type: "tool.called" }),
      event(4, { type: "tool.called", agentId }),
      event(5, { type: "execution.completed", agentId }),
    ]);
    expect(contents(await reader.events(2))).toEqual([4, 5]);
    const resumed = await platform.follow(`${chosen}&after=0`);
    expect(contents(await resumed.events(2))).toEqual([4, 5]);
  });

  test("gets an event that is too large to send live without its data", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    await platform.publish(home, [event(1, { data: { text: "x".repeat(100_000) } })]);
    expect((await reader.events(1))[0]?.data).toEqual({ truncated: true });
  });
});

describe("a reader that was away", () => {
  test.each([
    { seen: 0, rest: range(1, 10) },
    { seen: 1, rest: range(2, 10) },
    { seen: 4, rest: range(5, 10) },
    { seen: 9, rest: [10] },
    { seen: 10, rest: [] },
  ])("resumes after $seen of 10 with what it missed, then goes on live", async ({ seen, rest }) => {
    const home = workspace();
    await platform.publish(home, numbered(1, 4));
    await platform.publish(home, numbered(5, 10));
    const reader = await platform.follow(`workspace=${home}&after=${seen}`);
    await reader.until((frames) => frames.length > rest.length);
    expect(reader.frames[0]).toEqual({
      type: "ready",
      lastEventId: seen === 0 ? null : String(seen),
    });
    await platform.publish(home, numbered(11, 12));
    expect(contents(await reader.events(rest.length + 2))).toEqual([...rest, 11, 12]);
  });

  test("resumes by a frame on an open socket", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 3));
    const reader = await platform.follow(`workspace=${home}`);
    reader.send({ type: "resume", after: "1" });
    expect(contents(await reader.events(2))).toEqual([2, 3]);
    expect(reader.frames[1]).toEqual({ type: "ready", lastEventId: "1" });
  });

  test("is told of a gap when what it missed is gone, and goes on from the newest", async () => {
    const home = workspace();
    for (let from = 1; from <= 6_000; from += 500) await platform.publish(home, numbered(from, from + 499));
    const reader = await platform.follow(`workspace=${home}&after=1`);
    await reader.until((frames) => frames.length === 2);
    expect(reader.frames).toEqual([
      { type: "ready", lastEventId: "6000" },
      { type: "gap", lastEventId: "6000" },
    ]);
    await platform.publish(home, numbered(6_001, 6_001));
    expect(contents(await reader.events(1))).toEqual([6_001]);
    const closer = await platform.follow(`workspace=${home}&after=5000`);
    expect(contents(await closer.events(1_001))).toEqual(range(5_001, 6_001));
  });

  test("is told of a gap when its id was never given here", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 3));
    const reader = await platform.follow(`workspace=${home}&after=4`);
    await reader.until((frames) => frames.length === 2);
    expect(reader.frames[1]).toEqual({ type: "gap", lastEventId: "3" });
  });
});

describe("a socket", () => {
  test("answers a ping with a pong, however it is written", async () => {
    const reader = await platform.follow(`workspace=${workspace()}`);
    reader.send('{"type":"ping"}');
    reader.send('{ "type": "ping" }');
    const frames = await reader.until((received) => received.length === 3);
    expect(frames.slice(1)).toEqual([{ type: "pong" }, { type: "pong" }]);
  });

  test.each([
    "",
    "no JSON",
    "null",
    "[]",
    '{"type":"resume"}',
    '{"type":"resume","after":-1}',
    '{"type":"resume","after":"one"}',
    '{"type":"publish","events":[]}',
    '{"type":"ping","more":true}',
  ])("says that it did not understand %j, and stays open", async (frame) => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    reader.send(frame);
    const frames = await reader.until((received) => received.length === 2);
    expect(frames[1]).toMatchObject({ type: "error", code: "invalid_request" });
    await platform.publish(home, numbered(1, 1));
    expect(contents(await reader.events(1))).toEqual([1]);
  });

  test("is closed after many frames that were not understood", async () => {
    const reader = await platform.follow(`workspace=${workspace()}`);
    for (let n = 0; n < 20; n++) reader.send("nonsense");
    expect(await reader.closed).toMatchObject({ code: 1008 });
  });

  test("hears that its own close was heard", async () => {
    const reader = await platform.follow(`workspace=${workspace()}`);
    // Without an answer Node.js waits for the connection to end, which it does not.
    await reader.close();
  });

  test("is closed by a frame that is too large", async () => {
    const reader = await platform.follow(`workspace=${workspace()}`);
    reader.send(JSON.stringify({ type: "resume", after: "1".repeat(2_000) }));
    expect(await reader.closed).toMatchObject({ code: 1009 });
  });

  test("hands over the ticket by which its reader can come back", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 1));
    const reader = await platform.follow(`workspace=${home}&issued=abc&after=0`);
    const frames = await reader.until((received) => received.length === 3);
    expect(frames.map(({ type }) => type)).toEqual(["ready", "ticket", "execution.progress"]);
    expect(frames[1]).toEqual({
      type: "ticket",
      ticket: "abc",
      expiresAt: "2026-11-20T12:01:00.000Z",
    });
  });

  test("sends nothing once its permission has expired", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}&expiresAt=${Date.now() - 1}`);
    await platform.publish(home, numbered(1, 1));
    // The local runtime lets go of a socket that an object closed unasked only when the object sleeps.
    await platform.hibernate(home);
    expect(await reader.closed).toMatchObject({ code: 4401 });
    expect(reader.frames.map(({ type }) => type)).toEqual(["ready"]);
  });

  test("gives nothing of what was, either, once its permission has expired", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 3));
    const reader = await platform.follow(`workspace=${home}&expiresAt=${Date.now() - 1}`);
    reader.send({ type: "resume", after: "0" });
    expect(await reader.closed).toMatchObject({ code: 4401 });
    expect(reader.frames).toEqual([{ type: "ready", lastEventId: "3" }]);
  });
});

describe("a reader that asks for much", () => {
  /** 1,100 events: some more than one socket is sent of what was before. */
  async function longPast(home: string): Promise<void> {
    const text = "x".repeat(16_000);
    for (let from = 1; from <= 1_100; from += 100) {
      await platform.publish(
        home,
        numbered(from, from + 99).map(({ data, ...draft }) => ({ ...draft, data: { ...data, text } })),
      );
    }
  }

  test("is sent a part of it and told to resume, until it has all", async () => {
    const home = workspace();
    await longPast(home);
    const first = await platform.follow(`workspace=${home}&after=0`);
    await first.events(1_000);
    // The local runtime lets go of a socket that an object closed unasked only when the object sleeps.
    await platform.hibernate(home);
    expect(await first.closed).toMatchObject({ code: 4429 });
    const seen = contents(first.frames.filter(({ id }) => id !== undefined));
    expect(seen.length).toBeLessThan(1_100);
    const second = await platform.follow(`workspace=${home}&after=${seen.length}`);
    expect([...seen, ...contents(await second.events(1_100 - seen.length))]).toEqual(range(1, 1_100));
  }, 30_000);

  test("is sent no more of it for its pings", async () => {
    const home = workspace();
    await longPast(home);
    const reader = await platform.follow(`workspace=${home}&after=600`);
    await reader.events(500);
    reader.send('{ "type": "ping" }');
    reader.send({ type: "resume", after: "0" });
    expect(await reader.closed).toMatchObject({ code: 4429 });
    expect(reader.frames.filter(({ id }) => id !== undefined).length).toBeLessThan(1_100);
  }, 30_000);

  test("may resume once a second, and is closed where it does not stop", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 3));
    const reader = await platform.follow(`workspace=${home}`);
    for (let times = 0; times < 40; times++) reader.send({ type: "resume", after: "1" });
    expect(await reader.closed).toMatchObject({ code: 1008 });
    expect(reader.frames.filter(({ type }) => type === "error")[0]).toMatchObject({ code: "rate_limited" });
    // A slow machine may take more than a second for all of them.
    expect(contents(reader.frames.filter(({ id }) => id !== undefined)).length).toBeLessThan(40);
  });
});

describe("an agent that was dismissed", () => {
  test("has said nothing, and its events keep their places", async () => {
    const home = workspace();
    const [gone, other] = [newId(), newId()];
    const named = (agentId: string, n: number): EventDraft =>
      event(n, { type: "agent.updated", agentId, data: { n, name: `name of ${agentId}` } });
    await platform.publish(home, [named(gone, 1), named(other, 2)]);
    await platform.publish(home, [event(3, { data: { n: 3, about: gone } }), named(gone, 4)]);
    await platform.dismiss(home, gone);
    // What was on its way then.
    await platform.publish(home, [named(gone, 5), named(other, 6)]);
    for (const when of ["now", "after a rest"]) {
      if (when === "after a rest") await platform.hibernate(home);
      const reader = await platform.follow(`workspace=${home}&after=0`);
      const events = await reader.events(6);
      expect(events.map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5", "6"]);
      expect(contents(events)).toEqual([undefined, 2, 3, undefined, undefined, 6]);
      expect(JSON.stringify(events)).not.toContain(`name of ${gone}`);
    }
  });
});

describe("hibernation", () => {
  test("keeps sockets, what they chose, and the numbering", async () => {
    const home = workspace();
    const all = await platform.follow(`workspace=${home}`);
    const some = await platform.follow(`workspace=${home}&types=tool.called`);
    await platform.publish(home, numbered(1, 2));
    await all.events(2);
    await platform.hibernate(home);
    all.send('{"type":"ping"}');
    await all.until((frames) => frames.some(({ type }) => type === "pong"));
    await platform.publish(home, [event(3), event(4, { type: "tool.called" })]);
    expect((await all.events(4)).map(({ id }) => id)).toEqual(["1", "2", "3", "4"]);
    expect(contents(await some.events(1))).toEqual([4]);
  });

  test("lets a socket resume with events from before", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    await platform.publish(home, numbered(1, 3));
    await reader.events(3);
    await platform.hibernate(home);
    reader.send({ type: "resume", after: "1" });
    expect(contents(await reader.events(5))).toEqual([1, 2, 3, 2, 3]);
  });
});

describe("a publisher", () => {
  test("delivers in order what an object said while it went on", async () => {
    const home = workspace();
    const reader = await platform.follow(`workspace=${home}`);
    await platform.say("one", home, numbered(1, 10));
    await platform.say("one", home, numbered(11, 300));
    expect(contents(await reader.events(300))).toEqual(range(1, 300));
  });

  test("keeps each speaker's order in a storm of many, and loses none", async () => {
    const home = workspace();
    const readers = await Promise.all([1, 2, 3].map(() => platform.follow(`workspace=${home}`)));
    const speakers = range(1, 20).map((speaker) => newId(speaker));
    await Promise.all(
      speakers.map(async (agentId) => {
        for (let from = 1; from <= 100; from += 10) {
          const events = numbered(from, from + 9).map((draft) => ({ ...draft, agentId }));
          await platform.say(agentId, home, events);
        }
      }),
    );
    for (const reader of readers) {
      const events = await reader.events(2_000);
      expect(events.map(({ id }) => Number(id))).toEqual(range(1, 2_000));
      for (const speaker of speakers) {
        const own = events.filter((frame) => (frame as { agentId?: string }).agentId === speaker);
        expect(contents(own)).toEqual(range(1, 100));
      }
    }
  }, 30_000);

  test("keeps workspaces apart", async () => {
    const homes = [workspace(), workspace()];
    const readers = await Promise.all(homes.map((home) => platform.follow(`workspace=${home}`)));
    for (const [index, home] of homes.entries()) await platform.say("both", home, numbered(index, index));
    for (const [index, reader] of readers.entries()) {
      expect(contents(await reader.events(1))).toEqual([index]);
    }
  });
});

describe("GET /events", () => {
  /** Reads an event stream until `text` holds what is waited for. */
  async function read(response: Response, done: (text: string) => boolean): Promise<string> {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) throw new Error("the answer has no body");
    let text = "";
    while (!done(text)) {
      const { value, done: ended } = await reader.read();
      if (ended) throw new Error(`the stream ended after: ${text}`);
      text += value;
    }
    await reader.cancel();
    return text;
  }

  test("is an event stream for who asks for no upgrade", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 2));
    const response = await platform.fetch(`/events?workspace=${home}`);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const reading = read(response, (text) => text.includes("id: 3\ndata"));
    await platform.publish(home, numbered(3, 3));
    expect(await reading).toBe(
      "retry: 2000\n\n" +
        'event: ready\nid: 2\ndata: {"type":"ready","lastEventId":"2"}\n\n' +
        'id: 3\ndata: {"id":"3","type":"execution.progress","at":"2026-11-20T12:00:00.000Z","data":{"n":3}}\n\n',
    );
  });

  test("resumes after Last-Event-ID, which wins over the query", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 5));
    const response = await platform.fetch(`/events?workspace=${home}&after=1`, {
      headers: { "last-event-id": "3" },
    });
    const text = await read(response, (received) => received.includes("id: 5\n"));
    expect(text.match(/^id: \d+$/gm)).toEqual(["id: 3", "id: 4", "id: 5"]);
  });

  test("tells an event stream of a gap, with the id to go on from", async () => {
    const home = workspace();
    await platform.publish(home, numbered(1, 5));
    const response = await platform.fetch(`/events?workspace=${home}&after=77`);
    const text = await read(response, (received) => received.includes("event: gap"));
    expect(text).toContain('event: gap\nid: 5\ndata: {"type":"gap","lastEventId":"5"}\n\n');
  });

  test.each(["after=x", "after=-1", "after=01", "types=nothing", "types=", "agentId=1"])(
    "refuses the query %s",
    async (query) => {
      const response = await platform.fetch(`/events?${query}`);
      expect(response.status).toBe(400);
    },
  );

  test("refuses a Last-Event-ID that is none", async () => {
    const response = await platform.fetch("/events", { headers: { "last-event-id": "yesterday" } });
    expect(response.status).toBe(400);
  });

  test("refuses a caller without agents:read", async () => {
    const response = await platform.fetch("/events?scopes=executions:run");
    expect(response.status).toBe(403);
  });
});
