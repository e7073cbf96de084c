import { env } from "cloudflare:workers";
import { createExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test } from "vitest";
import { createApp } from "./index.ts";
import { json, tokenFor, tokenWith } from "./testing/client.ts";

const app = createApp();

const call = async (path: string, init: RequestInit, token: string): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${token}`);
  const request = new Request(`https://orrery.example/api/v1${path}`, { ...init, headers });
  return app.fetch(request, env, createExecutionContext());
};

/** A reader of the workspace's events, by a token with that id. */
async function reader(jti: string) {
  const opened = await call("/events", { headers: { upgrade: "websocket" } }, await tokenWith({ jti }));
  const { webSocket } = opened;
  if (webSocket === null) throw new Error(`it answered ${opened.status}`);
  let closed: number | undefined;
  webSocket.addEventListener("close", ({ code }) => void (closed = code));
  webSocket.accept();
  return { closed: () => closed, close: () => webSocket.close() };
}

test("readers of events go with the token that let them in, sockets and streams, and no others", async () => {
  const [jti, other] = [newId(), newId()];
  const [gone, stays] = [await reader(jti), await reader(other)];
  const stream = await call("/events", {}, await tokenWith({ jti }));
  const revoked = await call("/tokens/revocations", json({ tokenId: jti }), await tokenFor("admin"));
  expect(revoked.status).toBe(204);
  await expect.poll(() => gone.closed()).toBe(4401);
  // Ends, where it would go on for an hour.
  expect(await stream.text()).toContain("event: ready");
  expect(stays.closed()).toBeUndefined();
  stays.close();
});
