/** Models, what was spent on them, and what bounds that. */
import { OrreryError, type Budget, type Execution, type RouteDecision } from "@orrery/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startWireServer, type WireServer } from "../../client/test/wire/wire-server.ts";
import { cli } from "./fake-terminal.ts";

let wire: WireServer;

beforeAll(async () => {
  wire = await startWireServer();
});
afterAll(() => wire.close());
afterEach(() => {
  wire.agents.clear();
  wire.requests.length = 0;
});

const orrery = (line: string, options: Parameters<typeof cli>[1] = {}) =>
  cli(line.split(" "), { ...options, env: { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token } });

async function json<Value>(line: string): Promise<Value> {
  const { code, out, err } = await orrery(`${line} --json`);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Value;
}

/** What the next request is answered with. */
const answer = (match: string, body: object): void =>
  wire.fail(match, { status: 200, body: JSON.stringify(body) });

const lastBody = (): unknown => wire.requests.at(-1)?.body;
const lastPath = (): string => decodeURIComponent(wire.requests.at(-1)?.path ?? "");

describe("models list", () => {
  test("shows what can be used, and why the rest cannot", async () => {
    const [model] = (await json<{ items: { id: string; health: object }[] }>("models list")).items;
    const failing = { ...model, id: "a/failing", health: { ...model?.health, breaker: "open" } };
    const dear = {
      ...model,
      id: "b/dear",
      usable: false,
      reason: "OPENAI_API_KEY is not set",
      price: { inputMicros: 1_250_000, outputMicros: 10_000_000 },
      health: { ...model?.health, latencyP50: 900, latencyP95: 2_400 },
    };
    const items = [model, failing, dear];
    answer("/models", { items, nextCursor: null });
    const { code, out } = await orrery("models list");
    expect(code).toBe(0);
    expect(out).toMatch(/^offline\/extract .+ yes$/m);
    expect(out).toMatch(/^a\/failing .+ paused: its calls keep failing$/m);
    expect(out).toMatch(/^b\/dear .+ \$1\.25 +\$10\.00 +900 ms +2\.4 s +OPENAI_API_KEY is not set$/m);

    answer("/models", { items, nextCursor: null });
    expect((await orrery("models --usable")).out).not.toContain("b/dear");
    const none = await orrery("models list --provider nobody");
    expect(none).toMatchObject({ code: 0, err: "No model matches.\n" });
  });
});

describe("models test", () => {
  test("asks one question and shows answer, time and cost", async () => {
    const { code, out } = await orrery("models test offline/extract tea --max-tokens 9");
    expect(code).toBe(0);
    expect(out).toMatch(/^echo: tea\n\nmodel +offline\/extract\n/);
    expect(out).toContain("2 in, 3 out");
    expect(out).toContain("no language model");
    expect(lastBody()).toMatchObject({ model: "offline/extract", input: "tea", maxTokens: 9 });
    expect(await json("models test offline/extract tea")).toMatchObject({ text: "echo: tea" });
  });

  test("says what is wrong with a name, and leaves with 1", async () => {
    const problem = "There is no model named offline/extact. Did you mean offline/extract?";
    wire.fail("/models/generate", new OrreryError("invalid_request", problem));
    expect(await orrery("models test offline/extact")).toEqual({
      code: 1,
      out: "",
      err: `orrery: ${problem}\n`,
    });
    expect(await orrery("models test")).toMatchObject({ code: 2 });
    expect(await orrery("models test x/y --max-tokens none")).toMatchObject({ code: 2 });
  });
});

describe("models route", () => {
  test("says which model a name means now, and why", async () => {
    expect(await orrery("models route")).toMatchObject({
      code: 0,
      out: "auto → offline/extract: it scored best\n",
    });
    await orrery("models route auto:cheap --task code --tools --json-answer --input-tokens 9000");
    expect(lastBody()).toEqual({
      model: "auto:cheap",
      task: "code",
      tools: true,
      vision: false,
      json: true,
      inputTokens: 9_000,
      maxTokens: 1_024,
    });
  });

  test("explains who else was there, and why they fell out", async () => {
    const decision: RouteDecision = {
      requested: "auto",
      chosen: "a/good",
      why: "routed",
      candidates: [
        { model: "a/good", score: 0.25 },
        { model: "b/next", score: 0.5 },
        { model: "c/small", excluded: "context", detail: "takes 4096 tokens in all" },
        { model: "d/far", excluded: "region" },
      ],
      excluded: { context: 1, region: 12 },
      at: "2026-11-20T12:00:00.000Z",
    };
    answer("/models/route", decision);
    const { out } = await orrery("models route --explain");
    expect(out).toBe(
      [
        "auto → a/good: it scored best",
        "",
        "MODEL    SCORE  OUT BECAUSE",
        "a/good   0.250  –",
        "b/next   0.500  –",
        "c/small      –  takes 4096 tokens in all",
        "d/far        –  in another region",
        "",
        "Fell out: 1 model too small, 12 models in another region",
        "",
      ].join("\n"),
    );
    answer("/models/route", decision);
    expect(await json("models route")).toEqual(decision);
  });

  test("takes no task that there is not, and passes on why nothing can be chosen", async () => {
    expect(await orrery("models route --task poetry")).toMatchObject({ code: 2, out: "" });
    expect(await orrery("models route --input-tokens 0")).toMatchObject({ code: 2 });
    wire.fail("/models/route", new OrreryError("invalid_request", "auto:vision finds no model."));
    const { code, err } = await orrery("models route auto:vision --explain --json");
    expect([code, JSON.parse(err)]).toMatchObject([1, { error: { code: "invalid_request" } }]);
  });
});

describe("usage", () => {
  test("is summed by day, agent or model, with the total last", async () => {
    const { code, out } = await orrery("usage --by model --from 2026-11-01 --to 2026-11-20");
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toMatch(/^MODEL +CALLS +FAILED +CACHED +TOKENS IN +TOKENS OUT +COST$/);
    expect(out).toMatch(/^offline\/extract +2 .+ \$0\.00012$/m);
    expect(out.trimEnd()).toMatch(/\ntotal .+ \$0\.00012$/);
    expect(lastPath()).toBe("/api/v1/usage?by=model&from=2026-11-01&to=2026-11-20");
    expect(await json("usage")).toMatchObject({ by: "day", total: { costMicros: 120 } });
  });

  test("names agents, and calls that belong to none", async () => {
    const report = await json<{ items: object[] }>("usage --by agent");
    const [line] = report.items;
    answer("/usage", {
      ...report,
      items: [
        { ...line, key: "x", name: "Reader" },
        { ...line, key: "removed" },
        { ...line, key: "" },
      ],
    });
    const { out } = await orrery("usage --by agent");
    expect(out).toMatch(/^Reader .+\n\(removed agents\) .+\n\(direct\) .+\ntotal /m);
  });

  test("is shown a page at a time, or all of it", async () => {
    const { out, err } = await orrery("usage --by agent --limit 2");
    expect(out).toMatch(/^AGENT .+\na .+\nb .+\ntotal .+\n$/);
    expect(err).toBe("There are more: --all, or --cursor 2\n");
    expect(await json("usage --by agent --cursor 2")).toMatchObject({ items: [{ key: "removed" }] });
    const all = await json<{ items: { key: string }[] }>("usage --by agent --all");
    expect(all).toMatchObject({ nextCursor: null });
    expect(all.items.map(({ key }) => key)).toEqual(["a", "b", "removed"]);
    expect(await orrery("usage --csv --all")).toMatchObject({ code: 2, out: "" });
  });

  test("leaves out days without a call, and tells what of the free neurons is used", async () => {
    const report = await json<{ items: { calls: number }[] }>("usage");
    const [line] = report.items;
    const idle = { ...line, key: "2026-11-19", calls: 0 };
    const neurons = { usedMilli: 1_200_500, freeMilli: 10_000_000 };
    answer("/usage", { ...report, items: [idle, line], neurons });
    const { out, err } = await orrery("usage");
    expect(out).not.toContain("2026-11-19");
    expect(err).toBe("Workers AI today: 1,201 of 10,000 free neurons.\n");
  });

  test("can be asked for one agent, by its name or by an id", async () => {
    const { id } = await json<{ id: string }>("agents create Reader");
    await orrery("usage --agent reader");
    expect(lastPath()).toContain(`agentId=${id}`);
    expect((await orrery("usage --agent Nobody")).err).toContain("There is no agent Nobody");
    const gone = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";
    expect((await orrery(`usage --agent ${gone}`)).code).toBe(0);
    expect(lastPath()).toContain(`agentId=${gone}`);
  });

  test("comes as CSV, as the platform gives it", async () => {
    expect(await orrery("usage --by day --csv")).toEqual({
      code: 0,
      out: "day,calls\r\n2026-11-20,2\r\n",
      err: "",
    });
  });

  test("takes only what can be summed by, and one form at a time", async () => {
    expect(await orrery("usage --by colour")).toMatchObject({ code: 2, out: "" });
    expect(await orrery("usage --csv --json")).toMatchObject({ code: 2, out: "" });
    const { code, err } = await orrery("usage --from yesterday");
    expect([code, err]).toEqual([1, expect.stringMatching(/\n {2}from: .+\n$/)]);
  });
});

describe("budgets", () => {
  const create = (rest: string) => json<Budget>(`budgets create ${rest}`);

  test("are created, listed, changed and taken away", async () => {
    const none = await orrery("budgets list");
    expect([none.code, none.err]).toEqual([0, expect.stringContaining("budgets create")]);

    const made = await orrery("budgets create --limit 5");
    expect(made.out).toMatch(/^[\w-]{36} {2}workspace, a day: \$5\.00\n$/);
    const each = await create("--scope execution --period total --limit $0.25");
    expect(each).toMatchObject({ scope: "execution", targetId: null, limitMicros: 250_000 });

    answer("/budgets", {
      items: [{ ...each, spentMicros: 100_000, heldMicros: 160_000 }],
      nextCursor: null,
    });
    expect((await orrery("budgets")).out).toMatch(
      / {2}each execution, in all +\$0\.25 +\$0\.10 +\$0\.16 +\$0\.00\n$/,
    );

    const raised = await orrery(`budgets update ${each.id} --limit 10`);
    expect(raised).toMatchObject({ code: 0, out: "each execution, in all: $10.00\n" });

    expect(await orrery(`budgets delete ${each.id}`)).toMatchObject({ code: 2 });
    expect((await orrery(`budgets delete ${each.id} --yes`)).code).toBe(0);
    const { items } = await json<{ items: Budget[] }>("budgets list");
    expect(items.map(({ id }) => id)).not.toContain(each.id);
  });

  test("of one agent take its name", async () => {
    const { id } = await json<{ id: string }>("agents create Reader");
    expect(await create("--scope agent --target Reader --limit 1")).toMatchObject({ targetId: id });
    expect(await orrery("budgets create --scope tree --target Nobody --limit 1")).toMatchObject({ code: 1 });
  });

  test("are exact to the millionth of a dollar", async () => {
    expect((await create("--limit 0.29")).limitMicros).toBe(290_000);
    expect((await create("--limit 1234567.000001")).limitMicros).toBe(1_234_567_000_001);
    expect((await create("--limit 0")).limitMicros).toBe(0);
  });

  test.each(["five", "5,00", "0.1234567", "1e3", "-1", "$", "12345678901"])(
    "are not created with %s dollars",
    async (limit) => {
      const { code, out, err } = await cli(["budgets", "create", `--limit=${limit}`], {
        env: { ORRERY_URL: wire.url, ORRERY_TOKEN: wire.token },
      });
      expect([code, out, err]).toEqual([2, "", expect.stringContaining("Expected dollars")]);
      expect(wire.requests).toEqual([]);
    },
  );

  test("that make no sense are refused by their reason", async () => {
    expect(await orrery("budgets create")).toMatchObject({ code: 2 });
    expect(await orrery("budgets create --limit 1 --period week")).toMatchObject({ code: 2 });
    const { code, err } = await orrery(
      "budgets create --target 019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87 --limit 1",
    );
    expect([code, err]).toEqual([1, expect.stringContaining("a workspace's budget has no target")]);
  });

  test("that do not exist can be neither changed nor taken away", async () => {
    const id = "019aa0c4-7d3e-7a51-9c55-3f2d1c0b9a87";
    expect(await orrery(`budgets update ${id} --limit 1`)).toMatchObject({ code: 1, out: "" });
    expect(await orrery(`budgets delete ${id} --yes`)).toMatchObject({ code: 1, out: "" });
    const { code, err } = await orrery(`budgets update ${id} --limit 1 --json`);
    expect([code, JSON.parse(err)]).toMatchObject([1, { error: { code: "not_found", status: 404 } }]);
  });
});

describe("executions show", () => {
  test("tells which models were chosen, what each call came to, and what was filtered", async () => {
    await json("agents create Ada");
    const execution = await json<Execution>("run Ada hello");
    const call = execution.modelCalls[0] ?? {
      id: "c/0",
      provider: "a",
      kind: "text" as const,
      startedAt: execution.createdAt,
    };
    const shared = { ...call, inputTokens: 1_200, outputTokens: 30 };
    const told: Execution = {
      ...execution,
      routes: [
        {
          requested: "auto",
          chosen: "a/one",
          why: "routed",
          candidates: [],
          excluded: {},
          at: execution.createdAt,
        },
      ],
      modelCalls: [
        {
          ...shared,
          model: "a/one",
          outcome: "failed",
          error: "upstream_timeout",
          costMicros: 0,
          latencyMs: 900,
        },
        { ...shared, model: "b/two", outcome: "completed", costMicros: 2_500, latencyMs: 1_500 },
      ],
      filtered: [{ class: "email", action: "redact", count: 2 }],
    };
    answer(`GET /api/v1/executions/${execution.id}`, told);
    const { code, out } = await orrery(`executions show ${execution.id}`);
    expect(code).toBe(0);
    expect(out).toContain("\nModels chosen\n  auto → a/one  routed\n");
    expect(out).toContain("\n  a/one  1200 in, 30 out  $0.00  900 ms  upstream_timeout\n");
    expect(out).toContain("\n  b/two  1200 in, 30 out  $0.0025  1.5 s\n");
    expect(out).toContain("\nFiltered\n  email  redact  2\n");
  });
});
