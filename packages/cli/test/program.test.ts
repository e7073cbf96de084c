import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";

const program = fileURLToPath(new URL("../bin/orrery.js", import.meta.url));

let wire: WireServer;
let folder: string;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-program-"));
  mkdirSync(join(folder, ".orrery"), { mode: 0o700 });
  writeFileSync(join(folder, ".orrery/token"), `${wire.token}\n`, { mode: 0o600 });
  writeFileSync(join(folder, ".orrery/instance.json"), JSON.stringify({ pid: process.pid, url: wire.url }));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await wire.close();
});

/** Starts the program as a shell would, without anything that says where the platform is. */
function start(argv: string[], cwd = folder) {
  const { ORRERY_URL: _url, ORRERY_TOKEN: _token, ORRERY_STATE: _state, ...env } = process.env;
  const child = spawn(process.execPath, [program, ...argv], { cwd, env });
  const said = { out: "", err: "" };
  let look = () => {};
  child.stdout.on("data", (data: Buffer) => {
    said.out += data.toString();
    look();
  });
  child.stderr.on("data", (data: Buffer) => {
    said.err += data.toString();
  });
  child.stdin.end();
  return {
    child,
    until: (text: string) =>
      new Promise<void>((resolve) => {
        look = () => {
          if (said.out.includes(text)) resolve();
        };
        look();
      }),
    ended: new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
      child.on("close", (code) => resolve({ code, ...said }));
    }),
  };
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
    expect([local.code, local.err]).toEqual([4, expect.stringContaining("No token was found")]);
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
