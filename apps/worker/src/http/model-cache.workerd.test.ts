/** The cache of answers over HTTP, as its workspace's members and administrators see it. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { newId } from "@orrery/protocol";
import { expect, test } from "vitest";
import { answerOf, questionOf } from "../models/cache/testing/questions.ts";
import { createAnswerCache } from "../models/index.ts";
import { createApp } from "./index.ts";
import { bodyOf, tokenWith } from "./testing/client.ts";

const app = createApp();
const cache = createAnswerCache(env);

async function send(method: string, workspace: string, scope = "admin"): Promise<Response> {
  const context = createExecutionContext();
  const authorization = `Bearer ${await tokenWith({ workspace, scopes: [scope] })}`;
  const address = "https://orrery.example/api/v1/models/cache";
  const response = await app.fetch(
    new Request(address, { method, headers: { authorization } }),
    env,
    context,
  );
  await waitOnExecutionContext(context);
  return response;
}

const countsOf = async (workspace: string) => await bodyOf(await send("GET", workspace, "agents:read"));

/** Asks what everyone asks; who leads has an answer. */
async function ask(workspaceId: string): Promise<string> {
  const found = await cache.lookup(questionOf(Date.now(), { workspaceId }));
  if (found.found === "lead") await found.lead.store(answerOf("An orrery is a clockwork."));
  return found.found;
}

test("answers are counted, and deleted at once, in one's own workspace alone", async () => {
  const [own, other] = [newId(), newId()];
  expect([await ask(own), await ask(own), await ask(own), await ask(other)]).toEqual([
    "lead",
    "hit",
    "hit",
    "lead",
  ]);
  expect(await countsOf(own)).toMatchObject({ entries: 1, hits: 2, misses: 1 });
  expect((await send("DELETE", own)).status).toBe(204);
  expect(await countsOf(own)).toEqual({ entries: 0, bytes: 0, hits: 0, misses: 0 });
  expect([await ask(own), await ask(other)]).toEqual(["lead", "hit"]);
});

test("only administrators empty it", async () => {
  expect((await send("DELETE", newId(), "agents:write")).status).toBe(403);
});
