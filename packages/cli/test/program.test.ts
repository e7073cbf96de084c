import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileLock, type FileLock } from "@orrery/local";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = fileURLToPath(new URL("../bin/orrery.js", import.meta.url));

let wire: WireServer;
let folder: string;
/** As a running platform holds it. */
let lock: FileLock;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-program-"));
  mkdirSync(join(folder, ".orrery"), { mode: 0o700 });
  writeFileSync(join(folder, ".orrery/token"), `${wire.token}\n`, { mode: 0o600 });
  writeFileSync(join(folder, ".orrery/instance.json"), JSON.stringify({ pid: process.pid, url: wire.url }));
  lock = await fileLock(join(folder, ".orrery/lock.sqlite"));
});
afterAll(async () => {
  lock.release();
  rmSync(folder, { recursive: true });
  await wire.close();
});

/** Starts the program as a shell would, without anything that says where the platform is. */
function start(argv: string[], cwd = folder, variables: Record<string, string> = {}) {
  const { ORRERY_URL: _url, ORRERY_TOKEN: _token, ORRERY_STATE: _state, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...argv], { cwd, env: { ...env, ...variables } });
  child.stdin.end();
  let said = "";
  let look = () => {};
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString();
    look();
  });
  return {
    child,
    until: (text: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (said.includes(text)) resolve();
        };
        look();
      }),
    ended: ended(child),
  };
}

/** The status that a process leaves with, and all that it has said. */
function ended(child: ChildProcessWithoutNullStreams) {
  const said = { out: "", err: "" };
  child.stdout.on("data", (data: Buffer) => {
    said.out += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    said.err += data.toString();
  });
  return new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...said }));
  });
}

describe("the program", () => {
  test("finds address and token of the platform that runs nearest, from any folder below it", async () => {
    const below = join(folder, "a/b");
    mkdirSync(below, { recursive: true });
    const { code, out } = await start(["me"], below).ended;
    expect([code, out]).toEqual([0, expect.stringContaining("tester")]);
  });

  test("keeps the token of this machine from others", async () => {
    const { code, err } = await start(["me", "--url", "http://127.0.0.1.example.invalid:1"]).ended;
    expect([code, err]).toEqual([3, expect.stringContaining("Cannot reach")]);
    const local = await start(["me", "--url", wire.url, "--state", join(folder, "none")]).ended;
    expect([local.code, local.err]).toEqual([4, expect.stringContaining("No platform runs on")]);
  });

  test("asks nothing of an address that a folder names without a platform that runs on it", async () => {
    let asked = 0;
    const other = createServer(() => (asked += 1)).listen(0, "127.0.0.1");
    await once(other, "listening");
    const elsewhere = join(folder, "clone");
    mkdirSync(join(elsewhere, ".orrery"), { recursive: true, mode: 0o700 });
    writeFileSync(join(elsewhere, ".orrery/token"), "theirs");
    writeFileSync(join(elsewhere, ".orrery/lock.sqlite"), "");
    const { port } = other.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    writeFileSync(join(elsewhere, ".orrery/instance.json"), JSON.stringify({ pid: 1, url }));
    const plain = await start(["agents", "list"], elsewhere).ended;
    expect([plain.code, plain.err]).toEqual([3, expect.stringContaining("No platform runs on")]);
    const given = await start(["agents", "list"], elsewhere, { ORRERY_TOKEN: "mine" }).ended;
    expect([given.code, given.err]).toEqual([2, expect.stringContaining("set ORRERY_URL")]);
    expect(asked).toBe(0);
    other.close();
  });

  test("tells in words that a file of variables is missing", async () => {
    const { code, err } = await start(["up", "--env", "/nowhere/variables"]).ended;
    expect([code, err]).toEqual([1, expect.stringContaining("There is no file /nowhere/variables.")]);
  });

  test("started by npm, has a flag for itself that Node.js knows too", async () => {
    const { code, err } = await ended(
      spawn("npm", ["start", "--silent", "--", "--env-file", "/nowhere/variables"], { cwd: root }),
    );
    expect([code, err]).toEqual([1, expect.stringContaining("There is no file /nowhere/variables.")]);
  });

  test("leaves with the status of its command", async () => {
    expect((await start(["agents", "show", "nobody"]).ended).code).toBe(1);
    expect((await start(["agents", "sow"]).ended).code).toBe(2);
    expect((await start(["--version"]).ended).out).toBe("0.1.0\n");
  });

  test("cancels its execution and leaves with 130 when it is interrupted", async () => {
    await start(["agents", "create", "Ada"]).ended;
    wire.hold(4);
    const running = start(["run", "Ada", "a b c d", "--stream"]);
    await running.until("echo: ");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect([...wire.executions.values()].at(-1)).toMatchObject({ status: "cancelled" });
    wire.release();
  });

  test("ends quietly when its reader has seen enough", async () => {
    const running = start(["agents", "list", "--json"]);
    running.child.stdout.destroy();
    expect(await running.ended).toMatchObject({ code: 0, err: "" });
  });
});
