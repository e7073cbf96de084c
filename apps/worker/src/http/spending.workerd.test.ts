/** Usage, budgets and the workspace's policy over HTTP. */
import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { UsageReport, newId } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { dayMs, dayOf } from "../models/account/days.ts";
import { callOf } from "../models/account/testing/calls.ts";
import { createApp } from "./index.ts";
import { bodyOf, tokenWith } from "./testing/client.ts";

const app = createApp();

/** Calls as a member of a workspace of its own. */
function workspaceOf(workspaceId: string = newId()) {
  const accounts = env.ACCOUNTS.getByName(workspaceId);
  const send = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const context = createExecutionContext();
    const headers = new Headers({
      authorization: `Bearer ${await tokenWith({ workspace: workspaceId })}`,
      ...(body !== undefined && { "content-type": "application/json" }),
      ...more,
    });
    const request = new Request(`https://orrery.example/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    const response = await app.fetch(request, env, context);
    await waitOnExecutionContext(context);
    return response;
  };
  const read = async (path: string) => await bodyOf(await send("GET", path));
  return { workspaceId, accounts, send, read };
}

describe("usage", () => {
  async function used() {
    const workspace = workspaceOf();
    const agent = await bodyOf(await workspace.send("POST", "/agents", { name: "Clerk" }));
    const agentId = String(agent["id"]);
    const gone = newId();
    const caller = { workspaceId: workspace.workspaceId, location: "local" };
    const now = Date.now();
    await workspace.accounts.settle([
      { caller: { ...caller, agentId, executionId: newId() }, call: callOf("1", 300, now) },
      {
        caller: { ...caller, agentId: gone, executionId: newId() },
        call: callOf("2", 500, now - dayMs, { outcome: "failed", error: "upstream_failed" }),
      },
      {
        caller,
        call: callOf("3", 40, now, { model: "workers-ai/llama", milliNeurons: 3_636 }),
      },
    ]);
    return { ...workspace, agentId, gone, today: dayOf(now), yesterday: dayOf(now - dayMs) };
  }

  test("is summed by day, none left out, and adds up", async () => {
    const { read, today, yesterday } = await used();
    const report = UsageReport.parse(await read("/usage"));
    expect(report.items).toHaveLength(30);
    expect(report.items.slice(-2)).toMatchObject([
      { key: yesterday, costMicros: 500, failed: 1 },
      { key: today, costMicros: 340, failed: 0 },
    ]);
    expect(report).toMatchObject({
      to: today,
      total: { calls: 3, failed: 1, costMicros: 840, directMicros: 40, inputTokens: 30, outputTokens: 15 },
      neurons: { usedMilli: 3_636, freeMilli: 10_000_000 },
    });
  });

  test("of an agent that was deleted is part of one sum over all such agents, and every total stays", async () => {
    const { accounts, read, send, agentId, gone, workspaceId, today } = await used();
    const before = UsageReport.parse(await read("/usage?by=agent"));
    const caller = { workspaceId, location: "local", agentId: gone };
    await accounts.settle([{ caller, call: callOf("4", 7, Date.now(), { model: "workers-ai/llama" }) }]);
    await accounts.retire(gone);
    expect((await send("DELETE", `/agents/${agentId}`)).status).toBe(204);
    const report = UsageReport.parse(await read("/usage?by=agent"));
    expect(report.items.map(({ key, calls, costMicros }) => [key, calls, costMicros])).toEqual([
      ["removed", 3, 807],
      ["", 1, 40],
    ]);
    expect(report.total).toMatchObject({ costMicros: before.total.costMicros + 7, failed: 1, calls: 4 });
    expect(await read(`/usage?by=agent&agentId=${agentId}`)).toMatchObject({
      items: [],
      total: { calls: 0 },
    });
    expect(UsageReport.parse(await read("/usage")).items.at(-1)).toMatchObject({
      key: today,
      costMicros: 347,
    });
  });

  test("of hundreds of agents comes a page at a time, and as a sheet whole", async () => {
    const { accounts, read, send, workspaceId } = workspaceOf();
    const now = Date.now();
    await accounts.settle(
      Array.from({ length: 1_234 }, (_, n) => ({
        caller: { workspaceId, location: "local", agentId: `agent-${String(n).padStart(4, "0")}` },
        // Many cost the same.
        call: callOf(`${n}`, n % 7, now),
      })),
    );
    const seen: [cost: number, key: string][] = [];
    let cursor: string | null = "";
    let pages = 0;
    while (cursor !== null) {
      const after: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = UsageReport.parse(await read(`/usage?by=agent&limit=100${after}`));
      expect(page.items.length).toBeLessThanOrEqual(100);
      expect(page.total.calls).toBe(1_234);
      seen.push(...page.items.map(({ costMicros, key }): [number, string] => [costMicros, key]));
      cursor = page.nextCursor;
      pages += 1;
    }
    expect([pages, new Set(seen.map(([, key]) => key)).size]).toEqual([13, 1_234]);
    expect(seen.map(([cost]) => cost)).toEqual(seen.map(([cost]) => cost).toSorted((a, b) => b - a));
    expect(UsageReport.parse(await read("/usage?by=agent")).items).toHaveLength(25);
    const sheet = (await (await send("GET", "/usage?by=agent&format=csv")).text()).trimEnd().split("\r\n");
    expect(sheet).toHaveLength(1_235);
    expect(sheet.slice(1).map((line) => line.split(",")[0])).toEqual(seen.map(([, key]) => key).toSorted());
    expect(await read("/usage?by=agent&cursor=nonsense")).toMatchObject({
      code: "invalid_request",
      errors: [{ path: "cursor" }],
    });
  });

  test("by agent, the dearest first, knows the names of those that still exist", async () => {
    const { read, agentId, gone } = await used();
    const report = UsageReport.parse(await read("/usage?by=agent"));
    expect(report.items.map(({ key, name, costMicros }) => [key, name, costMicros])).toEqual([
      [gone, undefined, 500],
      [agentId, "Clerk", 300],
      ["", undefined, 40],
    ]);
    expect(await read(`/usage?by=model&agentId=${agentId}`)).toMatchObject({
      items: [{ key: "openai/gpt-5", costMicros: 300 }],
      total: { calls: 1 },
    });
    expect(await read("/usage?by=agent&model=workers-ai/llama")).toMatchObject({ items: [{ key: "" }] });
  });

  test("is CSV for who asks for it, by the query or by Accept", async () => {
    const { send, today } = await used();
    const asked = `/usage?by=model&from=${today}`;
    const byQuery = await send("GET", `${asked}&format=csv`);
    expect(byQuery.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(byQuery.headers.get("content-disposition")).toBe(
      `attachment; filename="usage-by-model-${today}-${today}.csv"`,
    );
    const csv = await byQuery.text();
    expect(csv.split("\r\n")[1]).toBe("openai/gpt-5,1,0,0,10,5,0,300,0,0");
    expect(await (await send("GET", asked, undefined, { accept: "text/csv" })).text()).toBe(csv);
    const other = await send("GET", asked, undefined, { accept: "*/*" });
    expect(other.headers.get("content-type")).toContain("application/json");
  });

  test("of days that are none, or too many, is refused with the field", async () => {
    const { read, send } = workspaceOf();
    for (const days of ["from=2026-11-02&to=2026-11-01", "from=2025-01-01&to=2026-11-01"]) {
      expect(await read(`/usage?${days}`)).toMatchObject({
        code: "invalid_request",
        errors: [{ path: "from" }],
      });
    }
    expect((await send("GET", "/usage?from=2025-11-02&to=2026-11-02")).status).toBe(200);
    expect((await send("GET", "/usage?from=today")).status).toBe(422);
  });
});

describe("budgets", () => {
  const order = { scope: "workspace", period: "total", limitMicros: 1_000 };

  test("are made, read, changed and deleted", async () => {
    const { send, read } = workspaceOf();
    const made = await send("POST", "/budgets", order);
    expect(made.status).toBe(201);
    const budget = await bodyOf(made);
    expect(made.headers.get("location")).toBe(`/api/v1/budgets/${String(budget["id"])}`);
    expect(budget).toMatchObject({ ...order, targetId: null, spentMicros: 0, heldMicros: 0 });
    const address = `/budgets/${String(budget["id"])}`;
    expect(await read("/budgets")).toEqual({ items: [budget], nextCursor: null });
    const changed = await bodyOf(await send("PATCH", address, { limitMicros: 5 }));
    expect(changed).toEqual({ ...budget, limitMicros: 5 });
    expect(await read(address)).toEqual(changed);
    expect((await send("DELETE", address)).status).toBe(204);
    expect([(await send("DELETE", address)).status, (await send("GET", address)).status]).toEqual([404, 404]);
  });

  test("that bound the same are a conflict; a repeated request with its key is not", async () => {
    const { send } = workspaceOf();
    const key = { "idempotency-key": newId() };
    const first = await bodyOf(await send("POST", "/budgets", order, key));
    const again = await send("POST", "/budgets", order, key);
    expect([again.headers.get("idempotency-replayed"), await bodyOf(again)]).toEqual(["true", first]);
    const other = await send("POST", "/budgets", order);
    expect([other.status, (await bodyOf(other))["code"]]).toEqual([409, "conflict"]);
  });
});

test.each([
  ["an agent", "/agents", { name: "Sly" }],
  ["a direct call", "/models/generate", { model: "offline/extract", input: "Hello" }],
])("an option that goes round policies and prices is refused by its name: %s", async (_, path, body) => {
  const { send } = workspaceOf();
  const modelPolicy = { providerOptions: { router: { temperature: 0, models: ["dear/model"] } } };
  const refused = await send("POST", path, { ...body, modelPolicy });
  expect(refused.status).toBe(422);
  expect(await bodyOf(refused)).toMatchObject({
    code: "invalid_request",
    errors: [{ path: "modelPolicy.providerOptions.router.models" }],
  });
});

test("the policy is replaced whole, and belongs to one workspace", async () => {
  const { send, read } = workspaceOf();
  expect(await read("/models/policy")).toEqual({});
  const policy = { allowedModels: ["openai/*"], regions: ["eu"], filter: { card: "redact" } };
  expect(await bodyOf(await send("PUT", "/models/policy", policy))).toEqual(policy);
  await send("PUT", "/models/policy", { regions: ["us"] });
  expect(await read("/models/policy")).toEqual({ regions: ["us"] });
  expect(await workspaceOf().read("/models/policy")).toEqual({});
});
