/** Executions as large as they may be, and larger, over HTTP. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { newExecutionId, newId } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { ExecutionStore } from "../agents/execution-store.ts";
import type { ExecutionRow } from "../agents/execution-store.ts";
import { bodyOf } from "./testing/client.ts";
import { newWorkspace } from "./testing/workspace.ts";

const workspace = newWorkspace();

async function agentWith(promptTemplate?: string): Promise<string> {
  const body = { name: "Reader", tools: [], ...(promptTemplate !== undefined && { promptTemplate }) };
  return `/agents/${String((await bodyOf(await workspace.call("POST", "/agents", { body })))["id"])}`;
}

test("an input of as many characters as there may be is answered, whatever their alphabet", async () => {
  const agent = await agentWith("Answer briefly: {{input}}");
  for (const letter of ["x", "界"]) {
    const body = { input: letter.repeat(400_000) };
    const response = await workspace.call("POST", `${agent}/executions`, { body });
    expect([response.status, (await bodyOf(response))["status"]]).toEqual([200, "completed"]);
  }
});

test("one that would be more on disk or in a prompt than there may be is refused in words", async () => {
  const twice = await agentWith("{{input}} {{context}}");
  const wide = { input: "界".repeat(400_000), variables: { context: "界".repeat(100_000) } };
  expect((await workspace.call("POST", `${twice}/executions`, { body: wide })).status).toBe(200);

  const multiplied = await agentWith("{{input}} {{input}} {{input}}");
  for (const body of [{ input: "x".repeat(400_000) }, { input: "界".repeat(320_000) }]) {
    const refused = await workspace.call("POST", `${multiplied}/executions`, { body });
    expect(await bodyOf(refused)).toMatchObject({
      status: 413,
      code: "payload_too_large",
      detail: expect.stringMatching(/\d{6,} (characters|bytes)/) as string,
    });
  }
});

describe("lists of what is large", () => {
  /** An agent that was asked so much, so often, in one session. */
  async function agentAsked(times: number, input: string): Promise<{ agent: string; sessionId: string }> {
    const agent = await agentWith();
    const id = agent.slice("/agents/".length);
    const sessionId = newId();
    await runInDurableObject(env.AGENTS.getByName(id), (_, { storage }) => {
      const store = new ExecutionStore(storage.sql);
      let previousId: string | null = null;
      for (let time = 0; time < times; time += 1) {
        const row: ExecutionRow = {
          id: newExecutionId(id),
          sessionId,
          previousId,
          status: "completed",
          request: { input, prompt: input, documents: [], edgeLocation: "local" },
          outcome: { items: [], restarts: [] },
          createdAt: Date.now(),
          firstTokenAt: null,
          completedAt: Date.now(),
        };
        store.insert(row, "Large");
        store.finish(row, false);
        previousId = row.id;
      }
    });
    return { agent, sessionId };
  }

  /** Ids of all items, page by page, with the number of pages. */
  async function readAll(path: string): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ""; cursor !== null;) {
      const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const response = await workspace.call("GET", `${path}?limit=100${after}`);
      expect(response.status).toBe(200);
      const page = await response.json<{ items: { id: string }[]; nextCursor: string | null }>();
      ids.push(...page.items.map(({ id }) => id));
      pages += 1;
      cursor = page.nextCursor;
    }
    return { ids, pages };
  }

  test("come in more pages, each item once, though one page of them would be more than an object can answer", async () => {
    const { agent, sessionId } = await agentAsked(45, "界".repeat(400_000));
    const executions = await readAll(`${agent}/executions`);
    expect([executions.ids.length, new Set(executions.ids).size]).toEqual([45, 45]);
    expect(executions.pages).toBeGreaterThan(2);
    const messages = await readAll(`${agent}/sessions/${sessionId}/messages`);
    expect([messages.ids.length, new Set(messages.ids).size]).toEqual([90, 90]);
    expect(messages.pages).toBeGreaterThan(2);
  });

  test("come in as few pages as were asked for where they are small", async () => {
    const { agent } = await agentAsked(100, "Hello");
    expect(await readAll(`${agent}/executions`)).toMatchObject({ pages: 1 });
  });
});

test("parts are measured together", async () => {
  const agent = await agentWith();
  const parts = Array.from({ length: 16 }, () => ({ type: "text", text: "x".repeat(400_000) }));
  const refused = await workspace.call("POST", `${agent}/executions`, { body: { input: parts } });
  expect(await bodyOf(refused)).toMatchObject({ status: 422, errors: [{ path: "input" }] });
});
