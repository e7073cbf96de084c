import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layoutVersion } from "@orrery/local";
import { OrreryError } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { knownLayout } from "../src/doctor/state-format.ts";
import { stateVersion } from "../src/up/state-version.ts";
import { onWire } from "./on-wire.ts";

const on = onWire();

describe("doctor", () => {
  test("finds nothing wrong with a platform in order", async () => {
    const { code, out } = await on.orrery(["doctor"]);
    expect([code, out]).toEqual([0, expect.stringContaining("✓ index")]);
    const report = await on.json<{ ok: boolean; checks: { name: string; status: string }[] }>([
      "doctor",
      "--reindex",
    ]);
    expect(report.ok).toBe(true);
  });

  test("says what is wrong and what to do", async () => {
    const state = join(on.folder, "open-state");
    mkdirSync(state, { mode: 0o755 });
    const { code, out } = await on.orrery(["doctor", "--state", state, "--url", "http://127.0.0.1:1"], {
      env: { ORRERY_TOKEN: "x" },
    });
    expect(code).toBe(1);
    expect(out).toContain(`chmod 700 ${state}`);
    expect(out).toContain("Start the platform: npm start");
    expect(out).not.toContain("index");
  });

  test("finds a key that others can read, and a state that this version cannot start on", async () => {
    const state = join(on.folder, "state");
    mkdirSync(state, { mode: 0o700 });
    const key = join(state, "key-encryption-key");
    writeFileSync(key, "k", { mode: 0o644 });
    const found = async (version: string) => {
      writeFileSync(join(state, "version.json"), version);
      return (await on.orrery(["doctor", "--state", state])).out;
    };
    const known = JSON.stringify({ layout: layoutVersion, state: stateVersion });
    const out = await found(known);
    expect(out).toContain(`chmod 600 ${key}`);
    expect(out).not.toContain("version.json");
    expect(await found("{")).toContain("✗ state      " + join(state, "version.json") + " is damaged");
    const newer = JSON.stringify({ layout: layoutVersion, state: stateVersion + 1 });
    expect(await found(newer)).toContain(`✗ state      ${state} was written by a newer version of Orrery`);
    expect(knownLayout).toBe(layoutVersion);
  });
});

test("an id that nothing can have is not there, in words", async () => {
  const { code, err } = await on.orrery(["executions", "show", "abc"]);
  expect([code, err]).toEqual([1, expect.stringContaining("There is no execution abc: its id looks like 0")]);
});

test("options that every command takes may stand before it", async () => {
  await on.makeAgent("Ada");
  const wrong = { ORRERY_URL: "http://127.0.0.1:1" };
  for (const line of [
    "--url URL agents list",
    "agents --url URL list",
    "--url http://127.0.0.1:2 agents list --url URL",
  ]) {
    const { code, out } = await on.orrery(line.replaceAll("URL", on.wire.url).split(" "), { env: wrong });
    expect([code, out]).toEqual([0, expect.stringContaining("Ada")]);
  }
});

describe("a list", () => {
  test("that is empty says whether there is anything at all", async () => {
    expect((await on.orrery(["agents", "list"])).err).toContain("There are no agents.");
    await on.makeAgent("Ada");
    expect((await on.orrery(["agents", "list", "-q", "zzzz"])).err).toBe("No agent matches.\n");
    expect((await on.orrery(["executions", "list", "--agent", "Ada"])).err).toBe("No execution matches.\n");
  });
});

describe("a failure", () => {
  test("is told in a line or two, with its own exit status", async () => {
    const nobody = await on.orrery(["agents", "show", "Nobody"]);
    expect(nobody).toMatchObject({ code: 1, out: "" });
    expect(nobody.err).toBe(
      "orrery: There is no agent Nobody. `npx orrery agents list` shows those there are.\n",
    );

    const invalid = await on.orrery(["agents", "create", "x".repeat(200)]);
    expect(invalid.code).toBe(1);
    expect(invalid.err).toMatch(/^orrery: .+\n {2}name: must have at most \d+ characters\n$/);

    const stranger = await on.orrery(["agents", "list"], { env: { ORRERY_TOKEN: "wrong" } });
    expect(stranger.code).toBe(4);
    expect(stranger.err).toContain("ORRERY_TOKEN");

    const unreachable = await on.orrery(["me", "--url", "http://127.0.0.1:1"]);
    expect(unreachable.code).toBe(3);
    expect(unreachable.err).toContain("Start the platform (npm start)");

    for (const line of [
      "agents lst",
      "run",
      "agents list --limit 900",
      "agents create x --temperature hot",
      "me --url nowhere",
    ]) {
      expect(await on.orrery(line.split(" "))).toMatchObject({ code: 2 });
    }
  });

  test("of an execution leaves with 1 and its reason", async () => {
    await on.makeAgent("Ada");
    on.wire.fail("/executions", new OrreryError("budget_exceeded", "The budget is used up."));
    expect(await on.orrery(["run", "Ada", "x"])).toMatchObject({
      code: 1,
      err: "orrery: The budget is used up.\n",
    });
  });

  test.each<[line: string, code: number, error: object]>([
    ["executions show nothing", 1, { code: "not_found" }],
    ["executions show 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87", 1, { code: "not_found", status: 404 }],
    ["sessions show Ada nothing", 1, { code: "not_found" }],
    ["budgets update nothing --limit 1", 1, { code: "not_found" }],
    ["agents show Nobody", 1, { code: "not_found" }],
    ["bridge status nowhere", 1, { code: "not_found" }],
    ["fuse show nobody", 1, { code: "not_found" }],
    ["me --url http://127.0.0.1:1", 3, { code: "unreachable" }],
    ["me --url nowhere", 2, { code: "usage" }],
    ["agents lst", 2, { code: "usage" }],
    ["agents", 2, { code: "usage" }],
    ["agents list --limit 900", 2, { code: "usage" }],
    ["nothing at all", 2, { code: "usage" }],
  ])("is JSON where JSON was asked for, wherever that stands: %s", async (line, code, error) => {
    await on.makeAgent("Ada");
    for (const argv of [
      [...line.split(" "), "--json"],
      ["--json", ...line.split(" ")],
    ]) {
      const failed = await on.orrery(argv);
      expect([failed.code, failed.out]).toEqual([code, ""]);
      expect(JSON.parse(failed.err)).toEqual({
        error: expect.objectContaining({ ...error, message: expect.any(String) as string }) as object,
      });
    }
  });
});

test("every command explains itself with examples", async () => {
  const { out } = await on.orrery(["--help"]);
  expect(out).toContain("Exit status");
  const leaves =
    "run;chat;models list;models test;models route;usage;budgets list;budgets create;budgets update;budgets delete;me;doctor;agents create;agents list;agents show;agents update;agents delete;executions list;executions show;executions tail;executions cancel;sessions list;sessions show;sessions delete;token create;token list;token revoke;up";
  for (const line of leaves.split(";")) {
    const help = await on.orrery([...line.split(" "), "--help"]);
    expect([line, help.code, help.out]).toEqual([line, 0, expect.stringMatching(/Examples:\n.+orrery /)]);
  }
});
