import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LogEntry } from "../src/index.ts";
import { eventually, get, launchFixture, temporaryDirectory } from "./running.ts";

/** One for all tests that only ask it. */
let url: string;
let log: LogEntry[];
let stop: () => Promise<void>;

beforeAll(async () => {
  const statePath = mkdtempSync(join(tmpdir(), "local-test-"));
  const launched = await launchFixture({ statePath, bindings: { SECRET: "s3cret" }, keep: true });
  ({ url, log } = launched);
  stop = async () => {
    await launched.stop();
    rmSync(statePath, { recursive: true, force: true });
  };
});

afterAll(() => stop());

describe("a launched Worker", () => {
  it("has the bindings that its configuration names, and the variables it was given", async () => {
    expect(await (await fetch(`${url}/api/hello`)).text()).toBe("hello");
    expect(await get(url, "/api/env")).toEqual({
      ai: "object",
      options: { deep: true },
      secret: "s3cret",
    });
    await fetch(`${url}/api/files`, { method: "PUT", body: "bytes" });
    expect(await get(url, "/api/files")).toEqual({ file: "bytes", key: "value" });
  });

  it("lets a Worker stand in for a service that workerd lacks", async () => {
    const script = `
      import { WorkerEntrypoint } from "cloudflare:workers";
      export default class extends WorkerEntrypoint {
        run(model, input) { return { model, input, by: this.env.NAME }; }
      }`;
    const launched = await launchFixture({
      statePath: temporaryDirectory(),
      standIns: {
        AI: {
          modules: { mainModule: "ai.js", modules: { "ai.js": { type: "esm", contents: script } } },
          bindings: { NAME: "stand-in" },
        },
      },
    });
    expect(await get(launched.url, "/api/ai")).toEqual({
      model: "some-model",
      input: { prompt: "hi" },
      by: "stand-in",
    });
  });

  it("fetches from the networks that a binding names and from no other, by address and by name", async () => {
    const launched = await launchFixture({
      statePath: temporaryDirectory(),
      networks: {
        NEAR: ["private"],
        FAR: ["public"],
        LESS: { allow: ["public", "private"], deny: ["127.0.0.0/8"] },
      },
    });
    const fetched = async (by: string, host: string): Promise<string> => {
      const address = `http://${host}:${new URL(launched.url).port}/api/hello`;
      const response = await fetch(
        `${launched.url}/api/fetched?by=${by}&address=${encodeURIComponent(address)}`,
      );
      return response.text();
    };
    for (const host of ["127.0.0.1", "localhost"]) {
      expect(await fetched("NEAR", host)).toBe("200");
      expect(await fetched("FAR", host)).toBe("refused");
      expect(await fetched("LESS", host)).toBe("refused");
    }
    // Of the public network alone: what another machine at such an address says depends on where this one stands.
    for (const host of ["0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "10.255.255.1"]) {
      expect(await fetched("FAR", host)).toBe("refused");
    }
  });

  it("has no `ai` where that is left out", async () => {
    const launched = await launchFixture({ statePath: temporaryDirectory(), ai: false });
    expect(await get(launched.url, "/api/env")).toMatchObject({ ai: "undefined" });
  });

  it("sees the address that was asked for, query and all", async () => {
    expect(await get(url, "/api/echo?a=%20b")).toMatchObject({
      url: `${url}/api/echo?a=%20b`,
      method: "GET",
    });
  });

  it("takes bodies of many megabytes", async () => {
    const body = new Uint8Array(20_000_000);
    const response = await fetch(`${url}/api/echo`, { method: "POST", body });
    expect(await response.json()).toMatchObject({ bytes: body.byteLength, method: "POST" });
  });

  it("streams, and learns that a reader has gone", async () => {
    const reading = new AbortController();
    const response = await fetch(`${url}/api/stream`, { signal: reading.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("tick 0");
    reading.abort();
    await eventually(
      () => get<{ aborted: string | null }>(url, "/api/aborted"),
      ({ aborted }) => aborted === "yes",
    );
  });

  it("speaks over WebSockets", async () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/socket`);
    const answer = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.send("hello");
    expect(await answer).toBe("echo hello");
    socket.close();
  });

  it("hands the lines of the Worker's console on", async () => {
    await get(url, "/api/notes?wake=0");
    const line = await eventually(
      () => log.find(({ message }) => message.includes("woken")),
      (found) => found !== undefined,
    );
    expect(line).toEqual({ level: "info", source: "worker", message: "woken by an alarm" });
  });
});

describe("static assets", () => {
  it("have their types and an etag by which they are not sent twice", async () => {
    const page = await fetch(`${url}/`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("cache-control")).toContain("must-revalidate");
    const again = await fetch(`${url}/`, { headers: { "if-none-match": page.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  it("are kept for good where the `_headers` file says so", async () => {
    const chunk = await fetch(`${url}/_app/immutable/chunk.abc123.js`);
    expect(chunk.headers.get("content-type")).toContain("javascript");
    expect(chunk.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(await chunk.text()).toContain("hashed");
  });

  it("answer with the application's page where there is no file", async () => {
    const response = await fetch(`${url}/agents/some-id`, { headers: { accept: "text/html" } });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<title>fixture</title>");
  });
});
