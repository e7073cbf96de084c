import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { findModelServers } from "./model-servers.ts";

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

const models = (...ids: string[]) => ({
  object: "list",
  data: ids.map((id) => ({ id, object: "model", owned_by: "library" })),
});

const find = (port: number, options = {}) =>
  findModelServers({ places: [{ name: "ollama", port }], timeout: 2_000, ...options });

describe("finding model servers", () => {
  it("takes one that lists models, with their names", async () => {
    const port = await listen((request, response) => {
      if (request.url === "/v1/models") json(models("llama3.2", "qwen3"))(request, response);
      else response.writeHead(404).end();
    });
    expect(await find(port)).toEqual([
      { name: "ollama", baseUrl: `http://127.0.0.1:${port}/v1`, models: ["llama3.2", "qwen3"] },
    ]);
  });

  it("takes one that has no model yet", async () => {
    expect(await find(await listen(json({ object: "list", data: null })))).toMatchObject([{ models: [] }]);
  });

  it("keeps the order of the places, whoever answers first", async () => {
    const slow = await listen(
      (request, response) => void setTimeout(() => json(models("a"))(request, response), 50),
    );
    const quick = await listen(json(models("b")));
    const places = [
      { name: "slow", port: slow },
      { name: "quick", port: quick },
    ];
    const found = await findModelServers({ places, timeout: 5_000 });
    expect(found.map(({ name }) => name)).toEqual(["slow", "quick"]);
  });

  it.each<[string, RequestListener]>([
    [
      "a web page",
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>hi"),
    ],
    ["another API", json({ items: [] })],
    ["a list of something else", json({ object: "list", data: [{ id: "1", object: "customer" }] })],
    ["a server that wants a key", json(models("secret"), 401)],
    [
      "a redirect",
      (_, response) => void response.writeHead(302, { location: "http://example.invalid/" }).end(),
    ],
    [
      "broken JSON",
      (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end("{"),
    ],
  ])("passes over %s", async (_, answer) => {
    expect(await find(await listen(answer))).toEqual([]);
  });

  it("passes over servers of a given owner", async () => {
    expect(await find(await listen(json(models("x"))), { notOwnedBy: ["library"] })).toEqual([]);
  });

  it("asks nothing where another user's program listens, and says so", async () => {
    let asked = 0;
    const port = await listen((request, response) => {
      asked += 1;
      json(models("llama3.2"))(request, response);
    });
    const strangers: [string, number][] = [];
    const found = await find(port, {
      strangerOn: () => 1001,
      onStranger: ({ name }: { name: string }, uid: number) => void strangers.push([name, uid]),
    });
    expect([found, asked, strangers]).toEqual([[], 0, [["ollama", 1001]]]);
  });

  it("does not wait for one that does not answer", async () => {
    expect(await find(await listen(() => undefined), { timeout: 20 })).toEqual([]);
  });

  it("finds nothing where nothing listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await find(port)).toEqual([]);
  });
});
