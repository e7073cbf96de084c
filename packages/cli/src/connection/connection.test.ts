import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileLock, type FileLock } from "@orrery/local";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeTerminal } from "../../test/fake-terminal.ts";
import { resolveConnection, type ConnectionOptions } from "./connection.ts";

let folder: string;
let state: string;
let locks: FileLock[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orrery-connection-"));
  state = join(folder, ".orrery");
  locks = [];
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(state, "token"), "from-state\n");
});
afterEach(() => {
  for (const lock of locks) lock.release();
  rmSync(folder, { recursive: true });
});

const resolve = (options: ConnectionOptions = {}, env: Record<string, string> = {}, cwd = folder) =>
  resolveConnection(fakeTerminal({ cwd, env }), options);

const announce = (url: string | null, pid = process.pid) =>
  writeFileSync(join(state, "instance.json"), JSON.stringify({ pid, startedAt: "", url }));

/** Does as the launcher does while a platform runs on the folder. */
async function run(url: string | null): Promise<void> {
  locks.push(await fileLock(join(state, "lock.sqlite")));
  announce(url);
}

const own = "http://127.0.0.1:4000";

describe("the address", () => {
  test("is the option's, else the environment's, else that of the platform on the state folder", async () => {
    await run(own);
    const env = { ORRERY_URL: "http://127.0.0.1:3000/" };
    expect(resolve({ url: "http://127.0.0.1:2000" }, env).url).toBe("http://127.0.0.1:2000");
    expect(resolve({}, env).url).toBe("http://127.0.0.1:3000");
    expect(resolve()).toMatchObject({ url: own, token: "from-state" });
  });

  test("that a folder names counts only while the platform's lock is held", async () => {
    const dead = expect.stringMatching(`^No platform runs on ${state}\\.\n`) as string;
    expect(resolve()).toMatchObject({ nowhere: dead, token: undefined });
    // As a cloned repository may bring it along: a process that lives, an address, and a lock that nobody holds.
    announce("http://203.0.113.7:8787", 1);
    writeFileSync(join(state, "lock.sqlite"), "");
    expect(resolve()).toMatchObject({ nowhere: dead, token: undefined });
    writeFileSync(join(state, "lock.sqlite"), "no database");
    expect(resolve()).toMatchObject({ nowhere: dead, token: undefined });
    writeFileSync(join(state, "instance.json"), "{half");
    expect(resolve()).toMatchObject({ nowhere: dead, token: undefined });
  });

  test("of a platform that is starting is waited for", async () => {
    await run(null);
    expect(resolve().nowhere).toBe(`The platform on ${state} is still starting: try again in a moment.`);
  });

  test("is not taken from a folder that others can write to", async () => {
    await run(own);
    chmodSync(state, 0o770);
    const { nowhere, token } = resolve();
    expect([nowhere, token]).toEqual([expect.stringContaining(`Others can write to ${state}`), undefined]);
    expect(resolve({ url: own }).token).toBeUndefined();
  });

  test.runIf(process.geteuid?.() === 0)("is not taken from another user's folder", async () => {
    await run(own);
    chownSync(state, 65_534, 65_534);
    // Upwards from a folder it is passed over, and so cannot stand in the way either.
    expect(resolve().stateFolder).not.toBe(state);
    expect(resolve({ state })).toMatchObject({
      nowhere: expect.stringContaining(
        `${state} belongs to another user (65534): its address and its token are not used.`,
      ) as string,
      token: undefined,
    });
  });

  test("must be one", () => {
    expect(() => resolve({ url: "nowhere" })).toThrow("--url is not an address");
    expect(() => resolve({}, { ORRERY_URL: "ftp://x" })).toThrow("ORRERY_URL must begin with http");
  });
});

describe("a token that was given", () => {
  test("is the file's that was named, else the environment's", () => {
    writeFileSync(join(folder, "key"), "from-file\n");
    const env = { ORRERY_TOKEN: "from-env", ORRERY_URL: "https://example.com" };
    expect(resolve({ tokenFile: "key" }, env).token).toBe("from-file");
    expect(resolve({}, env).token).toBe("from-env");
    expect(() => resolve({ tokenFile: "none" }, env)).toThrow("There is no file");
  });

  test("goes nowhere but to an address that was given too", async () => {
    writeFileSync(join(folder, "key"), "from-file\n");
    const refusal = "goes only to an address that is given too: set ORRERY_URL, or name one with --url.";
    const env = { ORRERY_TOKEN: "mine" };
    expect(() => resolve({}, env)).toThrow(`ORRERY_TOKEN ${refusal}`);
    await run(own);
    expect(() => resolve({}, env)).toThrow(`ORRERY_TOKEN ${refusal} The one of ${state} is ${own}.`);
    expect(() => resolve({ tokenFile: "key" })).toThrow(refusal);
    expect(resolve({ url: own }, env).token).toBe("mine");
  });
});

describe("the state folder's token", () => {
  test("goes to the platform that runs on the folder, however that is named, and nowhere else", async () => {
    expect(resolve({ url: own })).toMatchObject({
      token: undefined,
      withheld: `The token in ${state} was not sent there. No platform runs on ${state}.`,
    });
    await run(own);
    expect(resolve({ url: "http://localhost:4000/" })).toMatchObject({ url: own, token: "from-state" });
    const elsewhere = [
      "http://127.0.0.1:4001",
      "http://127.0.0.2:4000",
      "http://[::1]:4000",
      "https://a.test",
    ];
    for (const url of elsewhere) {
      expect(resolve({ url })).toMatchObject({
        url,
        token: undefined,
        withheld: `The token in ${state} was not sent there. It is for ${own}.`,
      });
    }
  });

  test("is found from any folder below, unless another state folder is named", () => {
    const below = join(folder, "a", "b");
    mkdirSync(below, { recursive: true });
    expect(resolve({}, {}, below).stateFolder).toBe(state);
    expect(resolve({ state: "elsewhere" }).stateFolder).toBe(join(folder, "elsewhere"));
    expect(resolve({}, { ORRERY_STATE: "elsewhere" }).stateFolder).toBe(join(folder, "elsewhere"));
  });
});
