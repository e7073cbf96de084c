import { expect, it, vi } from "vitest";
import type { ModelEvent, ModelRequest } from "../models/index.ts";
import { Conversations } from "./conversation.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { runTurn } from "./run-turn.ts";
import type { TurnContext } from "./run-turn.ts";
import type { Tool } from "./tools/index.ts";
import { Turn } from "./turn.ts";

const store = { appendLog: () => {}, log: () => [], backwards: () => [] } as unknown as ExecutionStore;

function newTurn(): Turn {
  const row: ExecutionRow = {
    id: "e",
    sessionId: "s",
    previousId: null,
    status: "running",
    request: { input: "?", prompt: "?", documents: [], edgeLocation: "local" },
    outcome: null,
    createdAt: 0,
    firstTokenAt: null,
    completedAt: null,
  };
  return new Turn({ store, sync: async () => {}, visit: () => () => {}, now: () => 0 }, row, true);
}

const finish = (reason: "stop" | "tool-calls"): ModelEvent => ({
  type: "finish",
  reason,
  usage: { inputTokens: 1, outputTokens: 1, cachedTokens: 0, reasoningTokens: 0 } as never,
  model: "lab/model",
  extractive: false,
});

/** What a turn works with, where a model says what `step` says. */
function context(step: (request: ModelRequest) => ModelEvent[], tools: Tool[] = []): TurnContext {
  return {
    caller: {} as TurnContext["caller"],
    settings: {
      model: "lab/model",
      modelPolicy: {},
      temperature: 0,
      maxTokens: 100,
    } as TurnContext["settings"],
    gateway: {
      check: () => ({ problem: "" }),
      async *step(request) {
        yield* step(request);
      },
    },
    conversations: new Conversations(store),
    tools: {
      tools: new Map(tools.map((tool) => [tool.name, tool])),
      documents: async () => [],
      now: () => 0,
      onCall: () => {},
      onResult: () => {},
    },
    documentNote: null,
    readDocument: () => Promise.reject(new Error("there are none")),
    batches: {} as TurnContext["batches"],
    spent: () => {},
  };
}

function tool(name: string, run: Tool["run"], effect: Tool["effect"] = "once"): Tool {
  const parse = (data: unknown) => ({ success: true as const, data });
  return { name, description: "", effect, inputSchema: {}, parse, run };
}

const run = (turn: Turn, made: TurnContext) =>
  runTurn(turn, { prepare: () => made, resumed: false, confidential: false });

it("runs no tool in the last step, however often a model asks for one, and says that there was no answer", async () => {
  const runs = vi.fn<Tool["run"]>(async () => "done");
  const offered: number[] = [];
  const turn = newTurn();
  const made = context(
    ({ tools }) => {
      offered.push(tools.length);
      return [{ type: "tool-call", id: "", name: "pay", input: {} }, finish("tool-calls")];
    },
    [tool("pay", runs)],
  );
  await run(turn, made);
  expect(offered).toEqual([...Array.from({ length: 15 }, () => 1), 0]);
  expect(runs).toHaveBeenCalledTimes(15);
  expect(turn.row).toMatchObject({ status: "failed", outcome: { error: { code: "upstream_failed" } } });
});

it("keeps the answer that came in the last step, beside a call that was not run", async () => {
  const turn = newTurn();
  const made = context(() => [
    { type: "text", text: "So far so good." },
    { type: "tool-call", id: "", name: "pay", input: {} },
    finish("tool-calls"),
  ]);
  await run(turn, made);
  expect(turn.row.status).toBe("completed");
  const results = turn.transcript.items.filter((item) => item.k === "result");
  expect(results.at(-1)?.error).toContain("No tool was offered");
});

it("fails a turn for which something cannot be prepared, rather than leave it running", async () => {
  const turn = newTurn();
  vi.spyOn(console, "error").mockReturnValue();
  const prepare = (): TurnContext => {
    throw new Error("HTTP_TOOLS is not valid");
  };
  await runTurn(turn, { prepare, resumed: false, confidential: false });
  expect(turn.row).toMatchObject({ status: "failed", outcome: { error: { code: "internal" } } });
});

it("has the result of a once tool on disk while others still run", async () => {
  const written: string[] = [];
  const turn = new Turn(
    {
      store: {
        appendLog: (_: string, __: number, operations: unknown) =>
          void written.push(JSON.stringify(operations)),
        log: () => [],
      } as unknown as ExecutionStore,
      sync: async () => {},
      visit: () => () => {},
      now: () => 0,
    },
    newTurn().row,
    true,
  );
  const slow = Promise.withResolvers<string>();
  let steps = 0;
  const made = context(
    () =>
      (steps += 1) === 1
        ? [
            { type: "tool-call", id: "1", name: "slow", input: {} },
            { type: "tool-call", id: "2", name: "pay", input: {} },
            finish("tool-calls"),
          ]
        : [{ type: "text", text: "Paid." }, finish("stop")],
    [tool("slow", () => slow.promise, "read"), tool("pay", async () => "receipt")],
  );
  const running = run(turn, made);
  await expect.poll(() => written.join("\n")).toContain("receipt");
  slow.resolve("late");
  await running;
  expect(turn.row.status).toBe("completed");
});

it("keeps what a tool did although the turn was cancelled meanwhile", async () => {
  const turn = newTurn();
  const made = context(
    () => [{ type: "tool-call", id: "1", name: "pay", input: {} }, finish("tool-calls")],
    [
      tool("pay", async () => {
        turn.abort.abort();
        return "receipt";
      }),
    ],
  );
  await run(turn, made);
  expect(turn.row.status).toBe("cancelled");
  expect(turn.transcript.items.some((item) => item.k === "result")).toBe(true);
});
