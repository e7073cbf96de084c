/** Programs of somebody who has installed the packages, against a platform in memory. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileLock } from "@orrery/local";
import { startWireServer } from "../../packages/client/test/wire/wire-server.ts";
import type { WireServer } from "../../packages/client/test/wire/wire-server.ts";
import { installed, root, run } from "../running/process.ts";
import { PackagingError, must } from "./pack.ts";
import type { Node } from "./nodes.ts";

interface Expected {
  code: number;
  /** What it must say. */
  says: RegExp;
  /** Without the address and the token in the environment. */
  alone?: true;
}

/** The command line, as far as it can be told to work on any version of Node.js. */
const commandLines: readonly (readonly [line: string, expected: Expected])[] = [
  ["--version", { code: 0, says: /^\d+\.\d+\.\d+\n$/ }],
  ["--help", { code: 0, says: /Examples:\n {2}orrery up\n/ }],
  ["agents create Ada", { code: 0, says: /Ada/ }],
  ["agents list --json", { code: 0, says: /"name": "Ada"/ }],
  ["run Ada hello --stream", { code: 0, says: /echo: hello/ }],
  ["bridge list", { code: 0, says: /There are no bridges/ }],
  ["bridge status", { code: 1, says: /There are no bridges/ }],
  ["doctor", { code: 0, says: /✓ index/ }],
  ["executions list", { code: 0, says: /completed/ }],
  ["up", { code: 1, says: /from a clone of its repository/ }],
  ["agents list --state nowhere", { code: 3, says: /No platform runs on/, alone: true }],
];

const oldestWithSqlite = [22, 13] as const;

const hasSqlite = ({ version }: Node): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldestWithSqlite[0] || (major === oldestWithSqlite[0] && minor >= oldestWithSqlite[1]);
};

/** Runs everything on one version. @throws PackagingError naming what did not do as it should */
export async function smoke(folder: string, node: Node): Promise<void> {
  const wire = await startWireServer();
  try {
    await tryCommandLine(folder, node, wire);
    await tryClient(folder, node, wire);
    if (hasSqlite(node)) await tryLauncher(folder, node);
  } finally {
    await wire.close();
  }
}

async function tryCommandLine(folder: string, node: Node, wire: WireServer): Promise<void> {
  const orrery = join(folder, "node_modules/@orrery/cli/bin/orrery.js");
  const state = join(folder, `state-${node.version}`);
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, "token"), wire.token);
  writeFileSync(join(state, "instance.json"), JSON.stringify({ pid: process.pid, url: wire.url }));
  using _lock = await fileLock(join(state, "lock.sqlite"));
  const byState: Expected = hasSqlite(node)
    ? { code: 0, says: /tester/, alone: true }
    : { code: 3, says: /cannot tell whether a platform runs on/, alone: true };

  for (const [line, expected] of [...commandLines, [`me --state ${state}`, byState] as const]) {
    const { code, output } = await run({
      file: node.file,
      args: [orrery, ...line.split(" ")],
      cwd: relative(root, folder),
      env: expected.alone === true ? {} : { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token },
      timeout: 60_000,
    });
    if (code === expected.code && expected.says.test(output)) continue;
    throw new PackagingError(
      `On Node.js ${node.version}, \`orrery ${line}\` left with ${code} instead of ${expected.code}, or did not say ${String(expected.says)}:\n${output}`,
    );
  }
}

/** A program on the client; TypeScript reads it too. */
const clientProgram = `
import { createClient } from "@orrery/client";
import { newId } from "@orrery/protocol";

const [url = "", token = ""] = process.argv.slice(2);
const orrery = createClient({ baseUrl: url, token });
const agent = await orrery.agents.create({ name: newId() });
const answer = await orrery.executions.stream(agent.id, "hello");
let text = "";
for await (const chunk of answer) if (chunk.type === "text-delta") text += chunk.delta;
const status: string = (await answer.final()).status;
console.log(text, status);
`;

async function tryClient(folder: string, node: Node, wire: WireServer): Promise<void> {
  const javascript = clientProgram.replace("status: string", "status");
  writeFileSync(join(folder, "client.mjs"), javascript);
  const said = await must(
    { file: node.file, args: [join(folder, "client.mjs"), wire.url, wire.token] },
    `a program on @orrery/client, on Node.js ${node.version},`,
  );
  if (said !== "echo: hello completed\n") throw new PackagingError(`The client's program said:\n${said}`);
}

/** Whether TypeScript, set up as in a new project, understands the packages' types. */
export async function types(folder: string): Promise<void> {
  writeFileSync(join(folder, "client.ts"), clientProgram);
  const compilerOptions = {
    target: "es2022",
    module: "nodenext",
    lib: ["es2022", "dom"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    strict: true,
    noEmit: true,
  };
  const project = join(folder, "tsconfig.json");
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ["client.ts"] }));
  await must({ file: installed("tsc"), args: ["-p", project] }, "reading the packages' types");
}

/** A Worker on the launcher. */
const launcherProgram = `
import { launch } from "@orrery/local";

const script = 'export default { fetch: () => new Response("served") }';
const launched = await launch({ config: "wrangler.jsonc", bundle: { script }, statePath: "worker-state", port: 0 });
console.log(await (await fetch(launched.url)).text());
await launched.stop();
`;

async function tryLauncher(folder: string, node: Node): Promise<void> {
  const config = { name: "smoke", main: "worker.js", compatibility_date: "2026-11-01" };
  writeFileSync(join(folder, "wrangler.jsonc"), JSON.stringify(config));
  writeFileSync(join(folder, "launcher.mjs"), launcherProgram);
  const said = await must(
    { file: node.file, args: ["launcher.mjs"], cwd: relative(root, folder) },
    `a Worker on @orrery/local, on Node.js ${node.version},`,
  );
  if (!said.includes("served\n")) throw new PackagingError(`The launcher's program said:\n${said}`);
}
