/** Workers with the binding in a plain Miniflare, and model servers for it to ask. */
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { LLMock } from "@copilotkit/aimock";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, onTestFinished } from "vitest";
import { localAI } from "../../src/ai/index.ts";
import type { AIOptions } from "../../src/ai/index.ts";

export interface AskedWorker {
  /** Posts JSON, and gives the JSON that comes back. */
  ask: <Answer = unknown>(path: string, body?: object) => Promise<Answer>;
}

const bundles = new Map<string, Promise<string>>();

/** A worker of the folder beside, as one module. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`worker/${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Runs the worker with the binding until `end` is called. */
async function run(
  name: string,
  options: AIOptions,
  compatibilityFlags: string[] = [],
): Promise<AskedWorker & { end: () => Promise<void> }> {
  const script = bundles.get(name) ?? bundled(name);
  bundles.set(name, script);
  const miniflare = new Miniflare({
    cf: false,
    workers: [
      {
        config: {
          name: "worker",
          compatibilityDate: "2026-10-01",
          compatibilityFlags,
          manifest: {
            mainModule: "worker.js",
            modules: { "worker.js": { type: "esm", contents: await script } },
          },
          env: { AI: localAI({ servers: [], ...options }) },
        },
      },
    ],
  });
  await miniflare.ready;
  return {
    async ask<Answer>(path: string, body?: object): Promise<Answer> {
      const response = await miniflare.dispatchFetch(`http://worker${path}`, {
        method: body === undefined ? "GET" : "POST",
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as Answer;
    },
    end: () => miniflare.dispose(),
  };
}

/** For one test. */
export async function workerWith(options: AIOptions = {}, flags: string[] = []): Promise<AskedWorker> {
  const worker = await run("binding", options, flags);
  onTestFinished(() => worker.end());
  return worker;
}

/** For all tests of a file. */
export async function sharedWorker(options: AIOptions = {}, name = "binding"): Promise<AskedWorker> {
  const worker = await run(name, options);
  afterAll(() => worker.end());
  return worker;
}

/** A server of OpenAI's protocol that we did not write; its answers are told to it. */
export async function modelServer(): Promise<{ mock: LLMock; baseUrl: string; end: () => Promise<void> }> {
  const mock = new LLMock({ port: 0, logLevel: "silent" });
  const url = await mock.start();
  return { mock, baseUrl: `${url}/v1`, end: () => mock.stop() };
}

/** For what no well-behaved server does. Gives its address, without a slash at its end. */
export async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
