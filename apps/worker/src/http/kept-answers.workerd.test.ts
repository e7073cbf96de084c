/** What is kept of an answer that tells of an agent, over HTTP. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf } from "./testing/client.ts";
import { type Workspace, newWorkspace } from "./testing/workspace.ts";

/** In what agents are told, asked, and so in what they answer. */
const canary = "cormorant-7319";

let workspace: Workspace;
beforeEach(() => {
  workspace = newWorkspace();
});

interface Keyed {
  body?: unknown;
  key?: string;
  subject?: string;
}

const call = (method: string, path: string, { key, ...rest }: Keyed = {}): Promise<Response> =>
  workspace.call(method, path, {
    ...rest,
    ...(key !== undefined && { headers: { "idempotency-key": key } }),
  });

const secretive = { name: "Clerk", systemPrompt: `Answer as the ${canary} board would.`, confidential: true };

const make = async (agent: object, key: string): Promise<string> =>
  String((await bodyOf(await call("POST", "/agents", { body: agent, key })))["id"]);

const rowsAbout = async (agentId: string): Promise<number> => {
  const row = await env.DB.prepare("SELECT count(*) AS n FROM idempotent_answers WHERE agent_id = ?")
    .bind(agentId)
    .first<{ n: number }>();
  return row?.n ?? 0;
};

describe("a kept answer that tells of an agent", () => {
  test("goes with the agent: the same key shows nothing of it any more", async () => {
    const agent = { ...secretive, confidential: false };
    const id = await make(agent, "make");
    const patch = { body: { temperature: 0.1 }, key: "change" };
    await call("PATCH", `/agents/${id}`, patch);
    const execution = await bodyOf(
      await call("POST", `/agents/${id}/executions`, { body: { input: canary } }),
    );
    // Ended: the refusal tells nothing of it.
    await call("POST", `/executions/${String(execution["id"])}/cancel`, { key: "cancel" });
    expect(await rowsAbout(id)).toBe(2);
    expect(await (await call("PATCH", `/agents/${id}`, patch)).text()).toContain(canary);

    expect((await call("DELETE", `/agents/${id}`)).status).toBe(204);
    expect(await rowsAbout(id)).toBe(0);
    expect((await call("PATCH", `/agents/${id}`, patch)).status).toBe(404);
  });

  test("is the whole answer while there is the agent, a confidential one's too", async () => {
    const id = await make(secretive, "make");
    const patch = { body: { temperature: 0.1 }, key: "change" };
    const first = await call("PATCH", `/agents/${id}`, patch);
    const again = await call("PATCH", `/agents/${id}`, patch);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.text()).toBe(await first.text());
  });

  test("of a confidential one is as unreadable as the agent once the workspace's key is destroyed", async () => {
    const id = await make(secretive, "make");
    const patch = { body: { temperature: 0.1 }, key: "change" };
    await call("PATCH", `/agents/${id}`, patch);
    const destroyed = await call("DELETE", "/workspace-key", { body: { confirm: workspace.workspaceId } });
    expect(destroyed.status).toBe(200);

    const remade = await call("POST", "/agents", { body: secretive, key: "make" });
    expect([remade.status, remade.headers.get("location")]).toEqual([201, `/api/v1/agents/${id}`]);
    expect(await remade.text()).toBe("");
    const changed = await call("PATCH", `/agents/${id}`, patch);
    expect([changed.status, changed.headers.get("idempotency-replayed"), await changed.text()]).toEqual([
      200,
      "true",
      "",
    ]);
  });

  test("is kept without its body where the agent is gone before it is", async () => {
    const id = await make(secretive, "make");
    // As where it is removed between the change and the keeping of its answer.
    await env.DB.prepare("DELETE FROM agents WHERE id = ?").bind(id).run();
    const patch = { body: { temperature: 0.1 }, key: "late" };
    await env.DB.prepare(
      "CREATE TRIGGER unindexed AFTER INSERT ON agents BEGIN DELETE FROM agents WHERE id = new.id; END",
    ).run();
    try {
      expect((await call("PATCH", `/agents/${id}`, patch)).status).toBe(200);
      const again = await call("PATCH", `/agents/${id}`, patch);
      expect([again.status, await again.text()]).toEqual([200, ""]);
    } finally {
      await env.DB.prepare("DROP TRIGGER unindexed").run();
    }
  });
});

describe("an execution's key", () => {
  test("is one caller's: another's request under the same key is another request", async () => {
    const id = await make({ name: "Shared" }, "make");
    const run = async (subject: string, input: string) =>
      await call("POST", `/agents/${id}/executions`, { body: { input }, key: "daily", subject });
    const mine = await bodyOf(await run("one", "Hello"));
    const theirs = await run("two", "Hello");
    expect(theirs.headers.has("idempotency-replayed")).toBe(false);
    expect((await bodyOf(theirs))["id"]).not.toBe(mine["id"]);
    expect((await run("three", "Something else")).status).toBe(200);
    const again = await run("one", "Hello");
    expect([again.headers.get("idempotency-replayed"), (await bodyOf(again))["id"]]).toEqual([
      "true",
      mine["id"],
    ]);
  });

  test("has the characters that every other key has", async () => {
    const id = await make({ name: "Shared" }, "make");
    const response = await call("POST", `/agents/${id}/executions`, { body: { input: "Hello" }, key: "a b" });
    expect([response.status, (await bodyOf(response))["code"]]).toEqual([400, "invalid_request"]);
  });
});

test("a stream that would not be kept is refused under a key, before any model is asked", async () => {
  const body = { model: "offline/extract", input: "Hello", stream: true };
  const refused = await call("POST", "/models/generate", { body, key: "streamed" });
  expect([refused.status, (await bodyOf(refused))["errors"]]).toEqual([
    422,
    [{ path: "stream", message: "leave out stream, or the Idempotency-Key" }],
  ]);
  const streamed = await call("POST", "/models/generate", { body });
  expect(await streamed.text()).toContain("[DONE]");
});
