import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrreryError, type Agent, type Execution, type TurnChunk } from "@orrery/protocol";
import { layoutVersion } from "@orrery/local";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startWireServer, textAnswer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { runCli } from "../src/cli.ts";
import { knownLayout } from "../src/doctor/state-format.ts";
import { stateVersion } from "../src/up/state-version.ts";
import { cli, fakeTerminal } from "./fake-terminal.ts";

let wire: WireServer;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  wire = await startWireServer();
  folder = mkdtempSync(join(tmpdir(), "orrery-cli-"));
  env = { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token };
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await wire.close();
});
afterEach(() => {
  wire.release();
  wire.answer((input) => textAnswer(`echo: ${input}`));
  wire.agents.clear();
});

const orrery = (argv: string[], options: Parameters<typeof cli>[1] = {}) =>
  cli(argv, { cwd: folder, ...options, env: { ...env, ...options.env } });

async function json<Value>(argv: string[]): Promise<Value> {
  const { code, out, err } = await orrery([...argv, "--json"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Value;
}

const makeAgent = (name: string) => json<Agent>(["agents", "create", name]);

describe("agents", () => {
  test("are created with what was given, shown, changed and listed", async () => {
    writeFileSync(join(folder, "system.txt"), "Be brief.");
    const made = await json<Agent>(
      "agents create Ada --model offline/extract --system-file system.txt --temperature 0.2 --tool calculate --tool current_time --label team=red".split(
        " ",
      ),
    );
    expect(made).toMatchObject({
      name: "Ada",
      systemPrompt: "Be brief.",
      temperature: 0.2,
      tools: ["calculate", "current_time"],
      labels: { team: "red" },
    });
    expect(await json(["agents", "create", "Vault", "--confidential"])).toMatchObject({ confidential: true });
    expect((await orrery(["agents", "show", "Vault"])).out).toMatch(/\nconfidential +yes/);
    const shown = await orrery(["agents", "show", "ada"]);
    expect(shown.out).toContain(made.id);
    const changed = await json<Agent>([
      "agents",
      "update",
      "Ada",
      "--name",
      "Ida",
      "--no-tools",
      "--system",
      "",
    ]);
    expect(changed).toMatchObject({ id: made.id, name: "Ida", tools: [] });
    expect(changed).not.toHaveProperty("systemPrompt");
    const listed = await orrery(["agents", "list"]);
    expect(listed.out.split("\n")[0]).toMatch(/^ID +NAME +MODEL/);
    expect(listed.out).toContain("Ida");
  });

  test("are all listed, page by page, and the rest is announced", async () => {
    for (let at = 0; at < 30; at++) await makeAgent(`Fleet ${at}`);
    const page = await orrery(["agents", "list"]);
    expect(page.out.trim().split("\n")).toHaveLength(26);
    expect(page.err).toContain("There are more");
    expect((await json<{ items: Agent[] }>(["agents", "list", "--all"])).items).toHaveLength(30);
  });

  test("are deleted only when that is meant", async () => {
    const { id } = await makeAgent("Gone");
    const refused = await orrery(["agents", "delete", "Gone"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("--yes");
    expect(wire.agents.has(id)).toBe(true);

    const terminal = fakeTerminal({ columns: 80, env, cwd: folder });
    const running = runCli(["agents", "delete", "Gone"], terminal);
    await terminal.until(/\[y\/N\]/);
    (terminal.stdin as unknown as { write(text: string): void }).write("no\n");
    expect(await running).toBe(0);
    expect(wire.agents.has(id)).toBe(true);

    expect((await orrery(["agents", "delete", id, "--yes"])).code).toBe(0);
    expect(wire.agents.has(id)).toBe(false);
  });

  test("that share a name are told apart by id", async () => {
    const one = await makeAgent("Twin");
    await makeAgent("Twin");
    const { code, err } = await orrery(["agents", "show", "Twin"]);
    expect(code).toBe(1);
    expect(err).toContain(one.id);
    expect((await orrery(["agents", "show", one.id])).code).toBe(0);
  });
});

describe("run", () => {
  test("prints the answer alone into a pipe", async () => {
    await makeAgent("Ada");
    const { code, out } = await orrery(["run", "Ada", "hello there"]);
    expect([code, out]).toEqual([0, "echo: hello there\n"]);
  });

  test("only hands the question over where nobody waits for the answer", async () => {
    await makeAgent("Ada");
    const { code, out, err } = await orrery(["run", "Ada", "hello", "--no-wait"]);
    expect([code, err]).toEqual([0, ""]);
    expect((await orrery(["executions", "tail", out.trim()])).out).toBe("echo: hello\n");
    expect(await json(["run", "Ada", "hello", "--no-wait"])).toEqual({ id: expect.any(String) as string });
  });

  test("reads the question from a pipe, and JSON answers with the execution", async () => {
    await makeAgent("Ada");
    const { out } = await orrery(["run", "Ada", "-", "--json"], { input: "from a pipe" });
    expect(JSON.parse(out) as Execution).toMatchObject({ status: "completed", output: "echo: from a pipe" });
    expect((await orrery(["run", "Ada"], { input: "from a pipe" })).out).toBe("echo: from a pipe\n");
    expect(await orrery(["run", "Ada"])).toMatchObject({ code: 2 });
    expect(await orrery(["run", "Ada"], { columns: 80 })).toMatchObject({ code: 2 });
  });

  test("carries files, variables and the session", async () => {
    await makeAgent("Ada");
    writeFileSync(join(folder, "prices.md"), "# Prices");
    writeFileSync(join(folder, "notes"), "plain");
    const first = await orrery([
      "run",
      "Ada",
      "a",
      "--json",
      "-f",
      "prices.md",
      "-f",
      "notes",
      "--var",
      "tone=dry=ish",
    ]);
    const { sessionId } = JSON.parse(first.out) as Execution;
    expect(wire.requests.findLast(({ method }) => method === "POST")?.body).toMatchObject({
      variables: { tone: "dry=ish" },
      attachments: [
        { name: "prices.md", mediaType: "text/markdown", data: Buffer.from("# Prices").toString("base64") },
        { name: "notes", mediaType: "text/plain" },
      ],
    });
    const next = await orrery(["run", "Ada", "b", "--json", "--session", sessionId]);
    expect((JSON.parse(next.out) as Execution).sessionId).toBe(sessionId);
    expect(await orrery(["run", "Ada", "a", "-f", "nowhere.md"])).toMatchObject({ code: 2 });
  });

  test("streams onto a terminal, with its tools and its sources", async () => {
    await makeAgent("Ada");
    wire.answer(() => [
      { type: "tool-input-available", toolCallId: "c", toolName: "search_documents", input: { query: "x" } },
      { type: "tool-output-available", toolCallId: "c", output: [] },
      ...textAnswer("It costs 5."),
      {
        type: "source-document",
        sourceId: "s",
        mediaType: "text/plain",
        title: "prices.txt",
        providerMetadata: { orrery: { start: 3, end: 14 } },
      },
    ]);
    const { out, err } = await orrery(["run", "Ada", "price?"], {
      columns: 80,
      env: { NO_COLOR: "1" },
      input: "",
    });
    expect(out).toBe("It costs 5.\n\nSources\n  prices.txt  characters 3–14\n");
    expect(err).toContain('→ search_documents {"query":"x"}');
    expect(err).toContain("completed");
  });

  test("gives every chunk as a line, then the execution, as JSON", async () => {
    await makeAgent("Ada");
    const { out } = await orrery(["run", "Ada", "a", "--stream", "--json"]);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines[0]?.type).toBe("start");
    expect(lines.at(-1)).toMatchObject({ type: "execution", execution: { output: "echo: a" } });
  });

  test("goes on through broken lines without repeating itself", async () => {
    await makeAgent("Ada");
    wire.cut({ chunks: 4, bytes: 10 });
    const { out } = await orrery(["run", "Ada", "one two three four", "--stream"]);
    expect(out).toBe("echo: one two three four\n");
  });

  test("does not print again what a restart repeats, and says where it differs", async () => {
    await makeAgent("Ada");
    const restart: TurnChunk = { type: "data-restart", transient: true, data: { keepParts: 0 } };
    wire.answer(() => [...textAnswer("one two three").slice(0, 4), restart, ...textAnswer("one two three")]);
    expect((await orrery(["run", "Ada", "x", "--stream"])).out).toBe("one two three\n");
    wire.answer(() => [...textAnswer("one two three").slice(0, 4), restart, ...textAnswer("one five")]);
    const { out, err } = await orrery(["run", "Ada", "x", "--stream"]);
    expect(out).toContain("one five\n");
    expect(err).toContain("answered otherwise");
  });

  test("cancels the execution at Ctrl-C and leaves with 130", async () => {
    const { id } = await makeAgent("Ada");
    wire.hold(4);
    const terminal = fakeTerminal({ columns: 80, env: { ...env, NO_COLOR: "1" }, cwd: folder, input: "" });
    const running = runCli(["run", "Ada", "a b c d e"], terminal);
    await terminal.until(/echo: /);
    terminal.interrupt();
    expect(await running).toBe(130);
    expect([...wire.executions.values()].filter((one) => one.agentId === id)).toMatchObject([
      { status: "cancelled" },
    ]);
  });

  test("drops what could take over the terminal", async () => {
    await makeAgent("Ada");
    wire.answer(() => textAnswer("safe\u001b[2J\u0007!"));
    expect((await orrery(["run", "Ada", "x"])).out).toBe("safe[2J!\n");
  });
});

describe("chat", () => {
  test("holds one conversation, a line a message, from a pipe", async () => {
    await makeAgent("Ada");
    const { code, out } = await orrery(["chat", "Ada"], { input: "hello\n\nand again\n/exit\nnever said\n" });
    expect([code, out]).toEqual([0, "echo: hello\necho: and again\n"]);
    const answers = await orrery(["chat", "Ada", "--json"], { input: "one\ntwo\n" });
    const executions = answers.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Execution);
    expect(new Set(executions.map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test("attaches a document to the next message only", async () => {
    await makeAgent("Ada");
    writeFileSync(join(folder, "a.md"), "# A");
    const alone = await orrery(["chat", "Ada"], { input: "/file\n" });
    expect([alone.code, alone.err]).toEqual([2, "orrery: Say which file: /file <path>\n"]);
    await orrery(["chat", "Ada"], { input: "/file a.md\none\ntwo\n" });
    const bodies = wire.requests
      .filter(({ path }) => path.endsWith("/executions"))
      .slice(-2)
      .map(({ body }) => body);
    expect(bodies).toEqual([
      expect.objectContaining({ attachments: [expect.anything()] }),
      expect.not.objectContaining({ attachments: expect.anything() as unknown }),
    ]);
  });

  test("is cancelled by Ctrl-C, goes on, and is left by the next one", async () => {
    await makeAgent("Ada");
    wire.hold(4);
    const terminal = fakeTerminal({ columns: 80, env: { ...env, NO_COLOR: "1" }, cwd: folder });
    const stdin = terminal.stdin as unknown as { write(text: string): void };
    const running = runCli(["chat", "Ada"], terminal);
    await terminal.until(/›/);
    stdin.write("a b c d e\n");
    await terminal.until(/echo: /);
    stdin.write("\u0003");
    await terminal.until(/Cancelled\./);
    wire.release();
    stdin.write("hello\n");
    await terminal.until(/echo: hello[^]*› /);
    stdin.write("\u0003");
    expect(await running).toBe(130);
  });
});

describe("executions", () => {
  test("are listed, shown, followed and cancelled", async () => {
    await makeAgent("Ada");
    const { out } = await orrery(["run", "Ada", "what?", "--json"]);
    const { id } = JSON.parse(out) as Execution;
    const listed = await orrery(["executions", "list", "--agent", "Ada"]);
    expect(listed.out).toContain(id);
    expect((await orrery(["executions", "show", id])).out).toContain("echo: what?");
    expect((await orrery(["executions", "tail", id])).out).toBe("echo: what?\n");
    expect(await orrery(["executions", "cancel", id])).toMatchObject({ code: 1 });
  });

  test("and all else that happens is followed live until Ctrl-C", async () => {
    const terminal = fakeTerminal({ columns: 120, env: { ...env, NO_COLOR: "1" }, cwd: folder });
    const running = runCli(["executions", "tail"], terminal);
    await terminal.until(/Following/);
    await makeAgent("Ada");
    await terminal.until(/agent\.created/);
    terminal.interrupt();
    expect(await running).toBe(130);
  });

  test("live events of a platform that cannot be reached are not waited for", async () => {
    for (const line of ["executions tail", "bridge tail newfuse"]) {
      expect(await orrery([...line.split(" "), "--url", "http://127.0.0.1:1"])).toMatchObject({ code: 3 });
    }
  });

  test.each([120, undefined])(
    "a connection that breaks later is one line, on %s columns",
    async (columns) => {
      const settings = { env: { ...env, NO_COLOR: "1" }, cwd: folder };
      const terminal = fakeTerminal(columns === undefined ? settings : { ...settings, columns });
      const running = runCli(["executions", "tail"], terminal);
      await terminal.until(/Following/);
      wire.fail("POST /api/v1/tickets", "drop");
      wire.dropEvents();
      await terminal.until(/stands again/);
      terminal.interrupt();
      expect(await running).toBe(130);
      const [following, outage, ...rest] = terminal.printed.err.split("\n");
      expect(following).toBe("Following. Ctrl-C ends it.");
      if (columns === undefined) expect(outage).toBe("The connection broke; trying again.");
      else {
        const shown = [1, 2].map((at) => `The connection broke; trying again (${at}).`);
        expect(outage?.split("\r\u001b[2K")).toEqual(["", ...shown, "The connection stands again."]);
      }
      expect(rest.filter((line) => line !== "")).toEqual(
        columns === undefined ? ["The connection stands again."] : [],
      );
    },
  );
});

describe("sessions", () => {
  test("are listed, shown and deleted", async () => {
    await makeAgent("Ada");
    const { sessionId } = JSON.parse((await orrery(["run", "Ada", "what?", "--json"])).out) as Execution;
    expect((await orrery(["sessions", "list", "Ada"])).out).toContain(sessionId);
    const shown = await orrery(["sessions", "show", "Ada", sessionId]);
    expect(shown.out).toContain("what?");
    expect(shown.out).toContain("echo: what?");
    expect((await orrery(["sessions", "delete", "Ada", sessionId, "--yes"])).code).toBe(0);
    expect((await orrery(["sessions", "show", "Ada", sessionId])).code).toBe(1);
  });
});

describe("tokens, models and identity", () => {
  test("are there", async () => {
    const { code, out } = await orrery([
      "token",
      "create",
      "ci",
      "--scope",
      "agents:read",
      "--expires-in",
      "30d",
    ]);
    expect([code, out.trim().split("\n").length]).toEqual([0, 1]);
    const [token] = (await json<{ items: { id: string }[] }>(["token", "list"])).items;
    expect((await orrery(["token", "revoke", token?.id ?? "", "--yes"])).code).toBe(0);
    expect((await orrery(["token", "list"])).out).toContain("revoked");
    expect(await orrery(["token", "create", "ci", "--scope", "everything"])).toMatchObject({ code: 2 });
    expect((await orrery(["models"])).out).toContain("offline/extract");
    expect((await orrery(["me"])).out).toContain("tester");
  });
});

describe("doctor", () => {
  test("finds nothing wrong with a platform in order", async () => {
    const { code, out } = await orrery(["doctor"]);
    expect([code, out]).toEqual([0, expect.stringContaining("✓ index")]);
    const report = await json<{ ok: boolean; checks: { name: string; status: string }[] }>([
      "doctor",
      "--reindex",
    ]);
    expect(report.ok).toBe(true);
  });

  test("says what is wrong and what to do", async () => {
    const state = join(folder, "open-state");
    mkdirSync(state, { mode: 0o755 });
    const { code, out } = await orrery(["doctor", "--state", state, "--url", "http://127.0.0.1:1"], {
      env: { ORRERY_TOKEN: "x" },
    });
    expect(code).toBe(1);
    expect(out).toContain(`chmod 700 ${state}`);
    expect(out).toContain("Start the platform: npm start");
    expect(out).not.toContain("index");
  });

  test("finds a key that others can read, and a state that this version cannot start on", async () => {
    const state = join(folder, "state");
    mkdirSync(state, { mode: 0o700 });
    const key = join(state, "key-encryption-key");
    writeFileSync(key, "k", { mode: 0o644 });
    const found = async (version: string) => {
      writeFileSync(join(state, "version.json"), version);
      return (await orrery(["doctor", "--state", state])).out;
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
  const { code, err } = await orrery(["executions", "show", "abc"]);
  expect([code, err]).toEqual([1, expect.stringContaining("There is no execution abc: its id looks like 0")]);
});

test("options that every command takes may stand before it", async () => {
  await makeAgent("Ada");
  const wrong = { ORRERY_URL: "http://127.0.0.1:1" };
  for (const line of [
    "--url URL agents list",
    "agents --url URL list",
    "--url http://127.0.0.1:2 agents list --url URL",
  ]) {
    const { code, out } = await orrery(line.replaceAll("URL", wire.url).split(" "), { env: wrong });
    expect([code, out]).toEqual([0, expect.stringContaining("Ada")]);
  }
});

describe("a list", () => {
  test("that is empty says whether there is anything at all", async () => {
    expect((await orrery(["agents", "list"])).err).toContain("There are no agents.");
    await makeAgent("Ada");
    expect((await orrery(["agents", "list", "-q", "zzzz"])).err).toBe("No agent is like that.\n");
    expect((await orrery(["executions", "list", "--agent", "Ada"])).err).toBe("No execution is like that.\n");
  });
});

describe("a failure", () => {
  test("is told in a line or two, with its own exit status", async () => {
    const nobody = await orrery(["agents", "show", "Nobody"]);
    expect(nobody).toMatchObject({ code: 1, out: "" });
    expect(nobody.err).toBe(
      "orrery: There is no agent Nobody. `npx orrery agents list` shows those there are.\n",
    );

    const invalid = await orrery(["agents", "create", "x".repeat(200)]);
    expect(invalid.code).toBe(1);
    expect(invalid.err).toMatch(/^orrery: .+\n {2}name: must have at most \d+ characters\n$/);

    const stranger = await orrery(["agents", "list"], { env: { ORRERY_TOKEN: "wrong" } });
    expect(stranger.code).toBe(4);
    expect(stranger.err).toContain("ORRERY_TOKEN");

    const unreachable = await orrery(["me", "--url", "http://127.0.0.1:1"]);
    expect(unreachable.code).toBe(3);
    expect(unreachable.err).toContain("Start the platform (npm start)");

    for (const line of [
      "agents lst",
      "run",
      "agents list --limit 900",
      "agents create x --temperature hot",
      "me --url nowhere",
    ]) {
      expect(await orrery(line.split(" "))).toMatchObject({ code: 2 });
    }
  });

  test("of an execution leaves with 1 and its reason", async () => {
    await makeAgent("Ada");
    wire.fail("/executions", new OrreryError("budget_exceeded", "The budget is used up."));
    expect(await orrery(["run", "Ada", "x"])).toMatchObject({
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
    await makeAgent("Ada");
    for (const argv of [
      [...line.split(" "), "--json"],
      ["--json", ...line.split(" ")],
    ]) {
      const failed = await orrery(argv);
      expect([failed.code, failed.out]).toEqual([code, ""]);
      expect(JSON.parse(failed.err)).toEqual({
        error: expect.objectContaining({ ...error, message: expect.any(String) as string }) as object,
      });
    }
  });
});

test("every command explains itself with examples", async () => {
  const { out } = await orrery(["--help"]);
  expect(out).toContain("Exit status");
  const leaves =
    "run;chat;models list;models test;models route;usage;budgets list;budgets create;budgets update;budgets delete;me;doctor;agents create;agents list;agents show;agents update;agents delete;executions list;executions show;executions tail;executions cancel;sessions list;sessions show;sessions delete;token create;token list;token revoke;up";
  for (const line of leaves.split(";")) {
    const help = await orrery([...line.split(" "), "--help"]);
    expect([line, help.code, help.out]).toEqual([line, 0, expect.stringMatching(/Examples:\n.+orrery /)]);
  }
});
