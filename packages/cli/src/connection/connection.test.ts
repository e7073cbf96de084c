import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fakeTerminal } from "../../test/fake-terminal.ts";
import { defaultUrl, resolveConnection, type ConnectionOptions } from "./connection.ts";

let folder: string;
let state: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orrery-connection-"));
  state = join(folder, ".orrery");
  mkdirSync(state);
  writeFileSync(join(state, "token"), "from-state\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const resolve = (options: ConnectionOptions = {}, env: Record<string, string> = {}, cwd = folder) =>
  resolveConnection(fakeTerminal({ cwd, env }), options);

const announce = (pid: number, url: string | null) =>
  writeFileSync(join(state, "instance.json"), JSON.stringify({ pid, startedAt: "", url }));

describe("the address", () => {
  test("is the option's, else the environment's, else the running instance's, else the default", () => {
    announce(process.pid, "http://127.0.0.1:4000");
    const env = { ORRERY_URL: "http://127.0.0.1:3000/" };
    expect(resolve({ url: "http://127.0.0.1:2000" }, env).url).toBe("http://127.0.0.1:2000");
    expect(resolve({}, env).url).toBe("http://127.0.0.1:3000");
    expect(resolve().url).toBe("http://127.0.0.1:4000");
    announce(process.pid, null);
    expect(resolve().url).toBe(defaultUrl);
  });

  test("of an instance that was killed is not taken", () => {
    // Process ids end well below this one.
    announce(2 ** 30, "http://127.0.0.1:4000");
    expect(resolve().url).toBe(defaultUrl);
    writeFileSync(join(state, "instance.json"), "{half");
    expect(resolve().url).toBe(defaultUrl);
  });

  test("must be one", () => {
    expect(() => resolve({ url: "nowhere" })).toThrow("--url is not an address");
    expect(() => resolve({}, { ORRERY_URL: "ftp://x" })).toThrow("ORRERY_URL must begin with http");
  });
});

describe("the token", () => {
  test("is the file's that was named, else the environment's, else the state folder's", () => {
    writeFileSync(join(folder, "key"), "from-file\n");
    const env = { ORRERY_TOKEN: "from-env" };
    expect(resolve({ tokenFile: "key" }, env).token).toBe("from-file");
    expect(resolve({}, env).token).toBe("from-env");
    expect(resolve().token).toBe("from-state");
    expect(() => resolve({ tokenFile: "none" })).toThrow("There is no file");
  });

  test("of the state folder goes to this machine only", () => {
    expect(resolve({ url: "http://localhost:1" }).token).toBe("from-state");
    for (const url of ["https://example.com", "http://127.example.com", "http://127.0.0.1.example.com"]) {
      expect(resolve({ url }).token).toBeUndefined();
      expect(resolve({ url }, { ORRERY_TOKEN: "mine" }).token).toBe("mine");
    }
  });

  test("is found from any folder below, unless another state folder is named", () => {
    const below = join(folder, "a", "b");
    mkdirSync(below, { recursive: true });
    expect(resolve({}, {}, below).stateFolder).toBe(state);
    expect(resolve({ state: "elsewhere" }).stateFolder).toBe(join(folder, "elsewhere"));
    expect(resolve({}, { ORRERY_STATE: "elsewhere" }).token).toBeUndefined();
  });
});
