import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient, type ConnectionStatus, type OrreryClient } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;

beforeEach(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
});
afterEach(() => wire.close());

const created = (name: string) =>
  wire.emit({ type: "agent.created", at: "2026-11-20T12:00:00.000Z", data: { name } });

/** Resolves when a subscription has reached a status. */
function statuses() {
  const seen: ConnectionStatus[] = [];
  const waiting: { status: ConnectionStatus; resolve: () => void }[] = [];
  return {
    seen,
    note: (status: ConnectionStatus) => {
      seen.push(status);
      for (const one of waiting.filter((entry) => entry.status === status)) one.resolve();
    },
    next: (status: ConnectionStatus) => new Promise<void>((resolve) => waiting.push({ status, resolve })),
  };
}

describe.each(["websocket", "sse"] as const)("live events over %s", (transport) => {
  test("come in order, and go on after the last one seen when the line breaks", async () => {
    const status = statuses();
    const controller = new AbortController();
    const open = status.next("open");
    const events = client.events.subscribe({ transport, signal: controller.signal, onStatus: status.note });
    const names: unknown[] = [];
    const reading = (async () => {
      for await (const event of events) {
        if (event.type === "gap") continue;
        names.push(event.data["name"]);
        if (names.length === 2) wire.dropEvents();
        if (names.length === 4) controller.abort();
      }
    })();
    await open;
    const reopened = status.next("open");
    created("a");
    created("b");
    await status.next("reconnecting");
    created("c");
    await reopened;
    created("d");
    await reading;
    expect(names).toEqual(["a", "b", "c", "d"]);
    expect(status.seen).toEqual(["connecting", "open", "reconnecting", "open", "closed"]);
  });

  test("are chosen by type and by where they begin", async () => {
    created("before");
    const after = (await first({ transport, after: "0" })).id;
    wire.emit({ type: "tool.called", at: "2026-11-20T12:00:00.000Z", data: {} });
    created("wanted");
    const event = await first({ transport, after, types: ["tool.called"] });
    expect(event.type).toBe("tool.called");
  });

  test("that are gone leave a gap that is told", async () => {
    created("lost");
    created("lost too");
    wire.forgetEvents();
    for await (const event of client.events.subscribe({ transport, after: "1" })) {
      expect(event.type).toBe("gap");
      break;
    }
  });

  test("end with an error where the server refuses them", async () => {
    const stranger = createClient({ baseUrl: wire.url, token: "nobody", clock: instantClock() });
    await expect(stranger.events.subscribe({ transport }).next()).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });
});

test("live events come over HTTP where no WebSocket can be opened", async () => {
  wire.sockets = false;
  created("x");
  expect(await first({ after: "0" })).toHaveProperty("id");
  const asked = wire.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  expect(asked.filter((line) => line.startsWith("UPGRADE"))).toHaveLength(2);
  expect(asked.at(-1)).toBe("GET /api/v1/events");
});

test("live events stay on a WebSocket over a restart, in which no ticket is given for a while", async () => {
  const status = statuses();
  const controller = new AbortController();
  const open = status.next("open");
  const events = client.events.subscribe({ signal: controller.signal, onStatus: status.note });
  const next = events.next();
  await open;
  const reopened = status.next("open");
  wire.fail("POST /api/v1/tickets", "drop", { status: 503, body: "" }, "drop");
  wire.dropEvents();
  await reopened;
  created("after");
  expect(await next).toMatchObject({ value: { data: { name: "after" } } });
  controller.abort();
  expect(wire.requests.map(({ method }) => method)).not.toContain("GET");
});

test("live events stay on a WebSocket that opens now and then", async () => {
  const status = statuses();
  const controller = new AbortController();
  const open = status.next("open");
  const events = client.events.subscribe({ signal: controller.signal, onStatus: status.note });
  const next = events.next();
  await open;
  for (let restarts = 0; restarts < 3; restarts++) {
    const reopened = status.next("open");
    wire.fail("UPGRADE", "drop");
    wire.dropEvents();
    await reopened;
  }
  created("after");
  expect(await next).toMatchObject({ value: { data: { name: "after" } } });
  controller.abort();
  expect(wire.requests.map(({ method }) => method)).not.toContain("GET");
});

async function first(options: Parameters<OrreryClient["events"]["subscribe"]>[0]) {
  for await (const event of client.events.subscribe(options)) {
    if (event.type !== "gap") return event;
  }
  throw new Error("the subscription ended without an event");
}
