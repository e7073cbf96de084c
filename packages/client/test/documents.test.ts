import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, type OrreryClient } from "../src/index.ts";
import { instantClock } from "./instant-clock.ts";
import { startWireServer, type WireServer } from "./wire/wire-server.ts";

let wire: WireServer;
let client: OrreryClient;
beforeAll(async () => {
  wire = await startWireServer();
  client = createClient({ baseUrl: wire.url, token: wire.token, clock: instantClock() });
});
afterAll(() => wire.close());

test("documents are given to an agent, listed, read as they were, and taken away", async () => {
  const { id } = await client.agents.create({ name: "Reader" });
  const bytes = new TextEncoder().encode("It costs 5 francs.");
  const made = await client.documents.add(id, { name: "prices.md", mediaType: "text/markdown", data: bytes });
  expect(made).toMatchObject({ name: "prices.md", mediaType: "text/markdown", size: 18 });
  const file = new File(["More"], "more.txt", { type: "text/plain" });
  await client.documents.add(id, file);
  expect(await Array.fromAsync(client.documents.listAll(id))).toHaveLength(2);
  expect((await client.documents.list(id, { limit: 1 })).items).toHaveLength(1);
  expect(await client.documents.get(id, made.id)).toEqual(made);
  expect(await client.documents.content(id, made.id)).toEqual(bytes);
  await client.documents.delete(id, made.id);
  await expect(client.documents.get(id, made.id)).rejects.toMatchObject({ code: "not_found" });
  await expect(client.documents.content(id, made.id)).rejects.toMatchObject({ code: "not_found" });
});

test("those of a session are asked for by its id", async () => {
  const { id } = await client.agents.create({ name: "Reader" });
  expect(await client.documents.list(id, { sessionId: "s/1", limit: 5 })).toEqual({
    items: [],
    nextCursor: null,
  });
  expect(wire.requests.at(-1)?.path).toBe(`/api/v1/agents/${id}/sessions/s%2F1/documents?limit=5`);
});
