import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleWorker, freePort } from "@orrery/local";
import type { Address, Subject } from "./drivers/contract.ts";
import { bundlePeer } from "./peer-bundle.ts";
import { end, forkNode, firstJsonLine, processorMs, residentBytes, spawnNode } from "./process-tree.ts";

/** What is measured: the platform and its peers, without the upstream. */
export type Server = Exclude<Subject, "direct">;

/** A server that answers. */
export interface Running {
  address: Address;
  /** Where it keeps what it stores. */
  state: string;
  /** Resident memory of all its processes, in bytes. */
  memory(): number;
  /** Processor time that all its processes have taken so far, in milliseconds. */
  processorMs(): number;
  /** Ends it with SIGTERM and waits until it has gone. */
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const at = (path: string): string => join(root, path);

const bundleOf = (peer: Server, scratch: string): string => join(scratch, `${peer}.js`);

/** Makes what a server needs before it can start; resolves to the gzipped size of its worker, in bytes. */
export async function prepare(server: Server, scratch: string): Promise<number> {
  if (server === "orrery") {
    const bundle = await bundleWorker({
      config: at("apps/worker/wrangler.jsonc"),
      directory: join(scratch, "orrery-bundle"),
    });
    return bundle.gzipBytes;
  }
  await bundlePeer(server, bundleOf(server, scratch));
  return gzipSync(readFileSync(bundleOf(server, scratch))).byteLength;
}

function launch(
  server: Server,
  port: number,
  state: string,
  upstream: string,
  scratch: string,
): ChildProcess {
  if (server === "orrery") {
    const servers = { mock: { baseUrl: upstream, models: ["mock-50x0", "mock-1050x0", "mock-5x0"] } };
    return spawnNode([at("packages/cli/bin/orrery.js"), "up", "--port", String(port), "--state", state], {
      MODEL_SERVERS: JSON.stringify(servers),
      RATE_LIMIT_PER_MINUTE: "0",
      NO_COLOR: "1",
    });
  }
  return serve({
    bundle: bundleOf(server, scratch),
    config: at(`bench/peers/${server}/wrangler.jsonc`),
    state,
    port,
    upstream,
  });
}

/** Serves a bundled Worker; see `bench/peers/serve.ts`. */
function serve(options: {
  bundle: string;
  config: string;
  state: string;
  port: number;
  upstream: string;
}): ChildProcess {
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  return spawnNode([at("bench/peers/serve.ts"), ...args], {});
}

/** Resolves once the server answers HTTP, and its token, if any, is written. */
async function answering(child: ChildProcess, url: string, ready: () => boolean): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`a server ended with exit code ${child.exitCode}`);
    if (ready() && (await answers(`${url}/healthz`))) return;
    await pause(5);
  }
  throw new Error("a server did not answer within two minutes");
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false; // Nobody listens yet.
  }
}

/**
 * Starts a server on a free port, with its state under `scratch/<name>`; a second start with the same name
 * finds what the first one stored.
 */
export async function start(
  server: Server,
  { name, upstream, scratch }: { name: string; upstream: string; scratch: string },
): Promise<Running> {
  const state = join(scratch, name);
  mkdirSync(state, { recursive: true });
  const port = await freePort();
  const child = launch(server, port, state, upstream, scratch);
  return await running(child, { name: server, port, state, hasToken: server === "orrery" });
}

/**
 * Starts a Worker that holds the gateway of models and nothing else, on a state of its own; see
 * `bench/gateway-worker/`.
 */
export async function startGateway({
  upstream,
  scratch,
}: {
  upstream: string;
  scratch: string;
}): Promise<Running> {
  const config = at("bench/gateway-worker/wrangler.jsonc");
  const { directory, main } = await bundleWorker({ config, directory: join(scratch, "gateway-bundle") });
  const state = join(scratch, "gateway");
  const port = await freePort();
  const child = serve({ bundle: join(directory, main), config, state, port, upstream });
  return await running(child, { name: "gateway", port, state, hasToken: false });
}

/** The server of a process, once it answers. @throws with what it said where it does not */
async function running(
  child: ChildProcess,
  { name, port, state, hasToken }: { name: string; port: number; state: string; hasToken: boolean },
): Promise<Running> {
  let output = "";
  const keep = (text: Buffer): void => {
    output = (output + text.toString()).slice(-4_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const url = `http://127.0.0.1:${port}`;
  const tokenFile = join(state, "token");
  const ready = (): boolean => !hasToken || existsSync(tokenFile);
  try {
    await answering(child, url, ready);
  } catch (error) {
    throw new Error(`${name} did not start:\n${output}`, { cause: error });
  }
  const address = hasToken ? { url, token: readFileSync(tokenFile, "utf8").trim() } : { url };
  const pid = child.pid ?? 0;
  return {
    address,
    state,
    memory: () => residentBytes(pid),
    processorMs: () => processorMs(pid),
    stop: () => end(child),
  };
}

/** Starts the mock upstream; resolves to its base URL. */
export async function startUpstream(): Promise<string> {
  const { url } = await firstJsonLine(forkNode(at("bench/upstream.ts"), []));
  return String(url);
}
