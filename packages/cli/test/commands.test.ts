import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent, Execution, TurnChunk } from "@orrery/protocol";
import { describe, expect, test } from "vitest";
import { textAnswer } from "../../client/test/wire/wire-server.ts";
import { runCli } from "../src/cli.ts";
import { fakeTerminal } from "./fake-terminal.ts";
import { onWire } from "./on-wire.ts";

const on = onWire();

describe("agents", () => {
  test("are created with what was given, shown, changed and listed", async () => {
    writeFileSync(join(on.folder, "system.txt"), "Be brief.");
    const made = await on.json<Agent>(
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
    expect(await on.json(["agents", "create", "Vault", "--confidential"])).toMatchObject({
      confidential: true,
    });
    expect((await on.orrery(["agents", "show", "Vault"])).out).toMatch(/\nconfidential +yes/);
    const shown = await on.orrery(["agents", "show", "ada"]);
    expect(shown.out).toContain(made.id);
    const changed = await on.json<Agent>([
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
    const listed = await on.orrery(["agents", "list"]);
    expect(listed.out.split("\n")[0]).toMatch(/^ID +NAME +MODEL/);
    expect(listed.out).toContain("Ida");
  });

  test("are all listed, page by page, and the rest is announced", async () => {
    for (let at = 0; at < 30; at++) await on.makeAgent(`Fleet ${at}`);
    const page = await on.orrery(["agents", "list"]);
    expect(page.out.trim().split("\n")).toHaveLength(26);
    expect(page.err).toContain("There are more");
    expect((await on.json<{ items: Agent[] }>(["agents", "list", "--all"])).items).toHaveLength(30);
  });

  test("are deleted only when that is meant", async () => {
    const { id } = await on.makeAgent("Gone");
    const refused = await on.orrery(["agents", "delete", "Gone"]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("--yes");
    expect(on.wire.agents.has(id)).toBe(true);

    const terminal = fakeTerminal({ columns: 80, env: on.env, cwd: on.folder });
    const running = runCli(["agents", "delete", "Gone"], terminal);
    await terminal.until(/\[y\/N\]/);
    (terminal.stdin as unknown as { write(text: string): void }).write("no\n");
    expect(await running).toBe(0);
    expect(on.wire.agents.has(id)).toBe(true);

    expect((await on.orrery(["agents", "delete", id, "--yes"])).code).toBe(0);
    expect(on.wire.agents.has(id)).toBe(false);
  });

  test("that share a name are told apart by id", async () => {
    const one = await on.makeAgent("Twin");
    await on.makeAgent("Twin");
    const { code, err } = await on.orrery(["agents", "show", "Twin"]);
    expect(code).toBe(1);
    expect(err).toContain(one.id);
    expect((await on.orrery(["agents", "show", one.id])).code).toBe(0);
  });
});

describe("run", () => {
  test("prints the answer alone into a pipe", async () => {
    await on.makeAgent("Ada");
    const { code, out } = await on.orrery(["run", "Ada", "hello there"]);
    expect([code, out]).toEqual([0, "echo: hello there\n"]);
  });

  test("only hands the question over where nobody waits for the answer", async () => {
    await on.makeAgent("Ada");
    const { code, out, err } = await on.orrery(["run", "Ada", "hello", "--no-wait"]);
    expect([code, err]).toEqual([0, ""]);
    expect((await on.orrery(["executions", "tail", out.trim()])).out).toBe("echo: hello\n");
    expect(await on.json(["run", "Ada", "hello", "--no-wait"])).toEqual({ id: expect.any(String) as string });
  });

  test("reads the question from a pipe, and JSON answers with the execution", async () => {
    await on.makeAgent("Ada");
    const { out } = await on.orrery(["run", "Ada", "-", "--json"], { input: "from a pipe" });
    expect(JSON.parse(out) as Execution).toMatchObject({ status: "completed", output: "echo: from a pipe" });
    expect((await on.orrery(["run", "Ada"], { input: "from a pipe" })).out).toBe("echo: from a pipe\n");
    expect(await on.orrery(["run", "Ada"])).toMatchObject({ code: 2 });
    expect(await on.orrery(["run", "Ada"], { columns: 80 })).toMatchObject({ code: 2 });
  });

  test("carries files, variables and the session", async () => {
    await on.makeAgent("Ada");
    writeFileSync(join(on.folder, "prices.md"), "# Prices");
    writeFileSync(join(on.folder, "notes"), "plain");
    const first = await on.orrery([
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
    expect(on.wire.requests.findLast(({ method }) => method === "POST")?.body).toMatchObject({
      variables: { tone: "dry=ish" },
      attachments: [
        { name: "prices.md", mediaType: "text/markdown", data: Buffer.from("# Prices").toString("base64") },
        { name: "notes", mediaType: "text/plain" },
      ],
    });
    const next = await on.orrery(["run", "Ada", "b", "--json", "--session", sessionId]);
    expect((JSON.parse(next.out) as Execution).sessionId).toBe(sessionId);
    expect(await on.orrery(["run", "Ada", "a", "-f", "nowhere.md"])).toMatchObject({ code: 2 });
  });

  test("streams onto a terminal, with its tools and its sources", async () => {
    await on.makeAgent("Ada");
    on.wire.answer(() => [
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
    const { out, err } = await on.orrery(["run", "Ada", "price?"], {
      columns: 80,
      env: { NO_COLOR: "1" },
      input: "",
    });
    expect(out).toBe("It costs 5.\n\nSources\n  prices.txt  characters 3–14\n");
    expect(err).toContain('→ search_documents {"query":"x"}');
    expect(err).toContain("completed");
  });

  test("gives every chunk as a line, then the execution, as JSON", async () => {
    await on.makeAgent("Ada");
    const { out } = await on.orrery(["run", "Ada", "a", "--stream", "--json"]);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines[0]?.type).toBe("start");
    expect(lines.at(-1)).toMatchObject({ type: "execution", execution: { output: "echo: a" } });
  });

  test("goes on through broken lines without repeating itself", async () => {
    await on.makeAgent("Ada");
    on.wire.cut({ chunks: 4, bytes: 10 });
    const { out } = await on.orrery(["run", "Ada", "one two three four", "--stream"]);
    expect(out).toBe("echo: one two three four\n");
  });

  test("does not print again what a restart repeats, and says where it differs", async () => {
    await on.makeAgent("Ada");
    const restart: TurnChunk = { type: "data-restart", transient: true, data: { keepParts: 0 } };
    on.wire.answer(() => [
      ...textAnswer("one two three").slice(0, 4),
      restart,
      ...textAnswer("one two three"),
    ]);
    expect((await on.orrery(["run", "Ada", "x", "--stream"])).out).toBe("one two three\n");
    on.wire.answer(() => [...textAnswer("one two three").slice(0, 4), restart, ...textAnswer("one five")]);
    const { out, err } = await on.orrery(["run", "Ada", "x", "--stream"]);
    expect(out).toContain("one five\n");
    expect(err).toContain("answered otherwise");
  });

  test("cancels the execution at Ctrl-C and leaves with 130", async () => {
    const { id } = await on.makeAgent("Ada");
    on.wire.hold(4);
    const terminal = fakeTerminal({
      columns: 80,
      env: { ...on.env, NO_COLOR: "1" },
      cwd: on.folder,
      input: "",
    });
    const running = runCli(["run", "Ada", "a b c d e"], terminal);
    await terminal.until(/echo: /);
    terminal.interrupt();
    expect(await running).toBe(130);
    expect([...on.wire.executions.values()].filter((one) => one.agentId === id)).toMatchObject([
      { status: "cancelled" },
    ]);
  });

  test("leaves with 130 at Ctrl-C while it reads what to ask", async () => {
    const terminal = fakeTerminal({ columns: 80, env: { ...on.env, NO_COLOR: "1" }, cwd: on.folder });
    const running = runCli(["run", "Ada", "-"], terminal);
    await expect.poll(() => terminal.stdin.listenerCount("readable")).toBeGreaterThan(0);
    terminal.interrupt();
    expect(await running).toBe(130);
  });

  test("drops what could take over the terminal", async () => {
    await on.makeAgent("Ada");
    on.wire.answer(() => textAnswer("safe\u001b[2J\u0007!"));
    expect((await on.orrery(["run", "Ada", "x"])).out).toBe("safe[2J!\n");
  });
});

describe("chat", () => {
  test("holds one conversation, a line a message, from a pipe", async () => {
    await on.makeAgent("Ada");
    const { code, out } = await on.orrery(["chat", "Ada"], {
      input: "hello\n\nand again\n/exit\nnever said\n",
    });
    expect([code, out]).toEqual([0, "echo: hello\necho: and again\n"]);
    const answers = await on.orrery(["chat", "Ada", "--json"], { input: "one\ntwo\n" });
    const executions = answers.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Execution);
    expect(new Set(executions.map(({ sessionId }) => sessionId)).size).toBe(1);
  });

  test("attaches a document to the next message only", async () => {
    await on.makeAgent("Ada");
    writeFileSync(join(on.folder, "a.md"), "# A");
    const alone = await on.orrery(["chat", "Ada"], { input: "/file\n" });
    expect([alone.code, alone.err]).toEqual([2, "orrery: Say which file: /file <path>\n"]);
    await on.orrery(["chat", "Ada"], { input: "/file a.md\none\ntwo\n" });
    const bodies = on.wire.requests
      .filter(({ path }) => path.endsWith("/executions"))
      .slice(-2)
      .map(({ body }) => body);
    expect(bodies).toEqual([
      expect.objectContaining({ attachments: [expect.anything()] }),
      expect.not.objectContaining({ attachments: expect.anything() as unknown }),
    ]);
  });

  test("is cancelled by Ctrl-C, goes on, and is left by the next one", async () => {
    await on.makeAgent("Ada");
    on.wire.hold(4);
    const terminal = fakeTerminal({ columns: 80, env: { ...on.env, NO_COLOR: "1" }, cwd: on.folder });
    const stdin = terminal.stdin as unknown as { write(text: string): void };
    const running = runCli(["chat", "Ada"], terminal);
    await terminal.until(/›/);
    stdin.write("a b c d e\n");
    await terminal.until(/echo: /);
    stdin.write("\u0003");
    await terminal.until(/Cancelled\./);
    on.wire.release();
    stdin.write("hello\n");
    await terminal.until(/echo: hello[^]*› /);
    stdin.write("\u0003");
    expect(await running).toBe(130);
  });
});

describe("executions", () => {
  test("are listed, shown, followed and cancelled", async () => {
    await on.makeAgent("Ada");
    const { out } = await on.orrery(["run", "Ada", "what?", "--json"]);
    const { id } = JSON.parse(out) as Execution;
    const listed = await on.orrery(["executions", "list", "--agent", "Ada"]);
    expect(listed.out).toContain(id);
    expect((await on.orrery(["executions", "show", id])).out).toContain("echo: what?");
    expect((await on.orrery(["executions", "tail", id])).out).toBe("echo: what?\n");
    expect(await on.orrery(["executions", "cancel", id])).toMatchObject({ code: 1 });
  });

  test("and all else that happens is followed live until Ctrl-C", async () => {
    const terminal = fakeTerminal({ columns: 120, env: { ...on.env, NO_COLOR: "1" }, cwd: on.folder });
    const running = runCli(["executions", "tail"], terminal);
    await terminal.until(/Following/);
    await on.makeAgent("Ada");
    await terminal.until(/agent\.created/);
    terminal.interrupt();
    expect(await running).toBe(130);
  });

  test("live events of a platform that cannot be reached are not waited for", async () => {
    for (const line of ["executions tail", "bridge tail newfuse"]) {
      expect(await on.orrery([...line.split(" "), "--url", "http://127.0.0.1:1"])).toMatchObject({ code: 3 });
    }
  });

  test.each([120, undefined])(
    "a connection that breaks later is one line, on %s columns",
    async (columns) => {
      const settings = { env: { ...on.env, NO_COLOR: "1" }, cwd: on.folder };
      const terminal = fakeTerminal(columns === undefined ? settings : { ...settings, columns });
      const running = runCli(["executions", "tail"], terminal);
      await terminal.until(/Following/);
      on.wire.fail("POST /api/v1/tickets", "drop");
      on.wire.dropEvents();
      await terminal.until(/Connected again/);
      terminal.interrupt();
      expect(await running).toBe(130);
      const [following, outage, ...rest] = terminal.printed.err.split("\n");
      expect(following).toBe("Following. Ctrl-C ends it.");
      if (columns === undefined) expect(outage).toBe("The connection broke; trying again.");
      else {
        const shown = [1, 2].map((at) => `The connection broke; trying again (${at}).`);
        expect(outage?.split("\r\u001b[2K")).toEqual(["", ...shown, "Connected again."]);
      }
      expect(rest.filter((line) => line !== "")).toEqual(columns === undefined ? ["Connected again."] : []);
    },
  );
});

describe("sessions", () => {
  test("are listed, shown and deleted", async () => {
    await on.makeAgent("Ada");
    const { sessionId } = JSON.parse((await on.orrery(["run", "Ada", "what?", "--json"])).out) as Execution;
    expect((await on.orrery(["sessions", "list", "Ada"])).out).toContain(sessionId);
    const shown = await on.orrery(["sessions", "show", "Ada", sessionId]);
    expect(shown.out).toContain("what?");
    expect(shown.out).toContain("echo: what?");
    expect((await on.orrery(["sessions", "delete", "Ada", sessionId, "--yes"])).code).toBe(0);
    expect((await on.orrery(["sessions", "show", "Ada", sessionId])).code).toBe(1);
  });
});

describe("tokens, models and identity", () => {
  test("are there", async () => {
    const { code, out } = await on.orrery([
      "token",
      "create",
      "ci",
      "--scope",
      "agents:read",
      "--expires-in",
      "30d",
    ]);
    expect([code, out.trim().split("\n").length]).toEqual([0, 1]);
    const [token] = (await on.json<{ items: { id: string }[] }>(["token", "list"])).items;
    expect((await on.orrery(["token", "revoke", token?.id ?? "", "--yes"])).code).toBe(0);
    expect((await on.orrery(["token", "list"])).out).toContain("revoked");
    expect(await on.orrery(["token", "create", "ci", "--scope", "everything"])).toMatchObject({ code: 2 });
    expect((await on.orrery(["models"])).out).toContain("offline/extract");
    expect((await on.orrery(["me"])).out).toContain("tester");
  });
});
