/** Agents' settings over HTTP: what is refused, and changes that meet each other. */
import { beforeEach, describe, expect, test } from "vitest";
import { bodyOf } from "./testing/client.ts";
import { type Workspace, newWorkspace } from "./testing/workspace.ts";

/** A model that writes 4,096 tokens at most. */
const variables = { MODEL_CATALOG: JSON.stringify({ "openai/small": { maxOutputTokens: 4_096 } }) };

let workspace: Workspace;
let address: string;
let first: Response;
beforeEach(async () => {
  workspace = newWorkspace(variables);
  first = await workspace.call("POST", "/agents", { body: { name: "Shared" } });
  address = `/agents/${String((await bodyOf(first.clone()))["id"])}`;
});

const patch = (body: unknown, ifMatch?: string): Promise<Response> =>
  workspace.call("PATCH", address, {
    body,
    ...(ifMatch !== undefined && { headers: { "if-match": ifMatch } }),
  });

describe("what a model writes at most", () => {
  const writes = "openai/small writes at most 4096 tokens";
  const errorsOf = async (response: Response) => [response.status, (await bodyOf(response))["errors"]];

  test("bounds a change of maxTokens alone", async () => {
    expect((await patch({ model: "openai/small", maxTokens: 4_096 })).status).toBe(200);
    expect(await errorsOf(await patch({ maxTokens: 4_097 }))).toEqual([
      422,
      [{ path: "maxTokens", message: writes }],
    ]);
    expect((await bodyOf(await workspace.call("GET", address)))["maxTokens"]).toBe(4_096);
  });

  test("bounds a change of the model alone, by the maxTokens there are", async () => {
    expect((await patch({ model: "offline/extract", maxTokens: 9_000 })).status).toBe(200);
    expect(await errorsOf(await patch({ model: "openai/small" }))).toEqual([
      422,
      [{ path: "model", message: `${writes}, and maxTokens is 9000` }],
    ]);
    expect((await patch({ model: "openai/small", maxTokens: 100 })).status).toBe(200);
  });

  test("holds for two changes that meet: never are both made that do not go together", async () => {
    await patch({ model: "offline/extract", maxTokens: 100 });
    const both = await Promise.all([patch({ model: "openai/small" }), patch({ maxTokens: 9_000 })]);
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 422]));
  });

  test("is asked of nothing that is not changed", async () => {
    await patch({ maxTokens: 9_000 });
    expect((await patch({ name: "Renamed" })).status).toBe(200);
  });
});

describe("an agent's entity tag", () => {
  test("that is right is heard although the same change under the same key was refused for another one", async () => {
    const change = (ifMatch: string): Promise<Response> =>
      workspace.call("PATCH", address, {
        body: { name: "Renamed" },
        headers: { "if-match": ifMatch, "idempotency-key": "rename" },
      });
    expect((await change('"0"')).status).toBe(412);
    expect((await change(first.headers.get("etag") ?? "")).status).toBe(200);
  });

  test("is the same wherever the agent is shown, and another after each change", async () => {
    const shown = await workspace.call("GET", address);
    expect(shown.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(shown.headers.get("etag")).toMatch(/^"\d+"$/);
    const changed = await patch({ name: "Renamed" });
    expect(changed.headers.get("etag")).not.toBe(shown.headers.get("etag"));
    expect((await workspace.call("GET", address)).headers.get("etag")).toBe(changed.headers.get("etag"));
    await workspace.call("POST", `${address}/executions`, { body: { input: "Hello" } });
    expect((await workspace.call("GET", address)).headers.get("etag")).toBe(changed.headers.get("etag"));
  });

  test("lets a change be made of what its maker has seen, and of nothing else", async () => {
    const seen = String(first.headers.get("etag"));
    expect((await patch({ labels: { mine: "1" } }, seen)).status).toBe(200);
    const late = await patch({ labels: { theirs: "2" } }, seen);
    expect([late.status, await bodyOf(late)]).toMatchObject([412, { code: "conflict", status: 412 }]);
    expect((await bodyOf(await workspace.call("GET", address)))["labels"]).toEqual({ mine: "1" });
    for (const none of [`W/${seen}`, '"elsewhere"', "", '"999"']) {
      expect([none, (await patch({ labels: {} }, none)).status]).toEqual([none, 412]);
    }
    for (const any of ["*", '"1", "2", "3"']) {
      expect([any, (await patch({ temperature: 0.1 }, any)).status]).toEqual([any, 200]);
    }
  });

  test("is not asked for: without it, the last change holds", async () => {
    const changes = await Promise.all([1, 2, 3].map((n) => patch({ labels: { n: String(n) } })));
    expect(changes.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
