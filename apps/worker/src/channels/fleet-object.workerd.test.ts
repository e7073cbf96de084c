/** Sockets of a fleet object whose clock a test sets. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { afterEach, expect, test, vi } from "vitest";
import { FleetObject } from "./fleet-object.ts";
import { openingRequest } from "./opening.ts";

const minute = 60_000;

afterEach(() => void vi.useRealTimers());

test("a socket that is heard lives on, whether its object sleeps meanwhile or not", async () => {
  const fleet = env.FLEETS.getByName(newId());
  const openedAt = Date.now();
  const reader = { until: openedAt + 60 * minute, tokenId: null };
  const { webSocket: socket } = await fleet.fetch(openingRequest({ reader }));
  const frames: unknown[] = [];
  socket?.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data))));
  socket?.accept();
  vi.setSystemTime(openedAt + 4 * minute);
  // The runtime itself answers a ping that is written otherwise.
  socket?.send('{"type": "ping"}');
  await vi.waitFor(() => expect(frames).toContainEqual({ type: "pong" }));
  vi.setSystemTime(openedAt + 6 * minute);
  const event = { type: "execution.progress", at: "2026-11-20T12:00:00.000Z", data: { n: 1 } } as const;
  await runInDurableObject(fleet, (_, state) => new FleetObject(state, env).publish([event]));
  await vi.waitFor(() => expect(frames).toContainEqual({ id: "1", ...event }));
});
