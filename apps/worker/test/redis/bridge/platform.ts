/** Bridges on the real runtime: the test worker bundled, started by Miniflare and spoken to over loopback. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import type { Bridge, CreateBridge } from "@orrery/protocol";
import type { Outbound } from "../../../src/channels/index.ts";
import type { Sent } from "../../../src/channels/redis/contract.ts";
import type { BridgeRecord } from "./worker.ts";

const name = "bridges";

export interface Platform {
  /** An answer's JSON. @throws Error where the answer is a refusal */
  json<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  fetch(method: string, path: string, body?: unknown): Promise<Response>;
  create(bridge: CreateBridge): Promise<Bridge>;
  record(bridgeId: string): Promise<BridgeRecord>;
  send(bridgeId: string, messages: readonly Outbound[]): Promise<Sent>;
  /** Runs a statement on the bridge's storage. */
  write(bridgeId: string, statement: string): Promise<void>;
  /** Ends the bridge's object at once; what it had in memory is gone. */
  crash(bridgeId: string): Promise<void>;
  /** A message as the workspace signs it, for whoever `to` names. */
  sign(message: object, to?: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

let script: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(import.meta.resolve("./worker.ts"))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    platform: "node",
    conditions: ["orrery-source", "workerd", "worker"],
    external: ["cloudflare:*", "node:*"],
    // What is CommonJS asks for Node's own modules by `require`.
    banner: {
      js: `import { createRequire as createRequireOfNode } from "node:module"; const require = createRequireOfNode("/");`,
    },
  });
  const text = result.outputFiles[0]?.text;
  if (text === undefined) throw new Error("esbuild made no bundle");
  return text;
}

/** The platform's own migrations, where storage has not seen them yet. */
async function migrate(database: Awaited<ReturnType<Miniflare["getD1Database"]>>): Promise<void> {
  const known = await database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'bridges'`).first();
  if (known !== null) return;
  const folder = fileURLToPath(import.meta.resolve("../../../migrations/"));
  for (const file of readdirSync(folder).toSorted()) {
    const text = readFileSync(join(folder, file), "utf8").replaceAll(/--.*$/gm, "");
    const statements = text.split(";").filter((statement) => statement.trim() !== "");
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }
}

/** The authorities that this machine was told to trust. */
function authorities(): string[] {
  const path = process.env["NODE_EXTRA_CA_CERTS"];
  return path === undefined ? [] : [readFileSync(path, "utf8")];
}

/**
 * @param directory where storage lies that outlives the platform
 * @param bridgeHosts hosts that bridges may reach
 */
export async function startPlatform(directory?: string, bridgeHosts?: string): Promise<Platform> {
  script ??= bundle();
  const trustedCertificates = authorities();
  const network = {
    type: "network" as const,
    allow: [],
    tlsOptions: { trustBrowserCas: true, trustedCertificates },
  };
  const object = (exportName: string) => ({ type: "durable-object", worker: name, exportName }) as const;
  const stored = { type: "durable-object", storage: "sqlite" } as const;
  const miniflare = new Miniflare({
    logRequests: false,
    ...(directory !== undefined && { resourcePersistencePath: directory }),
    handleStructuredLogs: ({ message }) => {
      if (process.env["SHOW_LOGS"] !== undefined) console.log(message);
    },
    workers: [
      {
        config: {
          name,
          compatibilityDate: "2026-11-01",
          compatibilityFlags: ["nodejs_compat"],
          manifest: {
            mainModule: "worker.js",
            modulesRoot: "/",
            modules: { "worker.js": { type: "esm", contents: await script } },
          },
          env: {
            BRIDGES: object("TestBridge"),
            FLEETS: object("FleetObject"),
            KEYRINGS: object("KeyRingObject"),
            DB: { type: "d1", id: "test" },
            BRIDGE_HOSTS: { type: "text", value: bridgeHosts ?? "public,private,loopback" },
            BRIDGE_NETWORK: {
              ...network,
              allow: ["public", "private"],
              deny: ["169.254.0.0/16"],
            },
            PUBLIC_NETWORK: { ...network, allow: ["public"] },
            KEY_ENCRYPTION_KEY: { type: "text", value: "test:dGVzdC1rZXktZW5jcnlwdGlvbi1vZi0zMi1ieXRlcyE" },
          },
          exports: { TestBridge: stored, FleetObject: stored, KeyRingObject: stored },
        },
      },
    ],
  });
  const base = await miniflare.ready;
  await migrate(await miniflare.getD1Database("DB"));
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(new URL(path, base), {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
  const json = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await ask(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Answer;
  };
  return {
    json,
    fetch: ask,
    create: (bridge) => json("POST", "/bridges", bridge),
    record: (bridgeId) => json("GET", `/record/${bridgeId}`),
    send: (bridgeId, messages) => json("POST", `/send/${bridgeId}`, messages),
    write: (bridgeId, statement) => json("POST", `/write/${bridgeId}`, statement),
    crash: (bridgeId) => json("POST", `/crash/${bridgeId}`),
    sign: (message, to) =>
      json("POST", `/sign/main${to === undefined ? "" : `?to=${encodeURIComponent(to)}`}`, message),
    stop: () => miniflare.dispose(),
  };
}

/** Resolves with what `look` finds, once it finds something; gives up in time for the test to say so. */
export async function until<Found>(
  look: () => Promise<Found | false | null | undefined>,
  seconds = 30,
): Promise<Found> {
  const end = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
