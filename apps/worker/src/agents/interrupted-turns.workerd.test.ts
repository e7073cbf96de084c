import { describe, expect, it } from "vitest";
import type { ModelEvent } from "../models/index.ts";
import type { AgentSettings } from "./agent-settings.ts";
import type { Conversations } from "./conversation.ts";
import type { ExecutionRow, ExecutionStore } from "./execution-store.ts";
import { runTurn } from "./run-turn.ts";
import type { TurnContext } from "./run-turn.ts";
import type { Tool } from "./tools/index.ts";
import type { Operation } from "./transcript.ts";
import { Turn } from "./turn.ts";

const usage = { inputTokens: 1, outputTokens: 1, costMicros: 0, cached: false };
const finish = (reason: "stop" | "tool-calls"): ModelEvent => ({
  type: "finish",
  reason,
  usage,
  model: "m",
  extractive: false,
});

/** What a model does when it is asked, or a tool when it is called; `hang` is what keeps a process busy for ever. */
type Speaks = (hang: () => Promise<never>) => AsyncGenerator<ModelEvent, void, undefined>;

/** An execution whose process ends again and again; only what was on disk by then is left. */
class Life {
  readonly disk: Operation[][] = [];
  readonly #model: string;
  readonly #speaks: Speaks;

  constructor(model: string, speaks: Speaks) {
    this.#model = model;
    this.#speaks = speaks;
  }

  /** Runs the turn until it is over, or hangs: then the process ends. */
  async run(isFirst = false): Promise<ExecutionRow> {
    const hung = Promise.withResolvers<void>();
    const hang = (): Promise<never> => {
      hung.resolve();
      return new Promise(() => undefined);
    };
    const toolNamed = (name: string, isLocal: boolean): [string, Tool] => [
      name,
      {
        name,
        description: "",
        effect: "read",
        isLocal,
        inputSchema: {},
        parse: (data) => ({ success: true, data }),
        run: hang,
      },
    ];
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
    const store = {
      log: () => structuredClone(this.disk),
      appendLog: (_: string, __: number, operations: Operation[]) => void this.disk.push(operations),
    } as unknown as ExecutionStore;
    const turn = new Turn({ store, sync: async () => {}, visit: () => () => {}, now: () => 0 }, row, isFirst);
    const [provider] = this.#model.split("/", 1);
    const context = {
      caller: { workspaceId: "w", location: "local" },
      settings: {
        model: this.#model,
        modelPolicy: {},
        temperature: 0,
        maxTokens: 10,
      } as unknown as AgentSettings,
      gateway: {
        step: () => this.#speaks(hang),
        check: () => ({ model: { provider, capabilities: { vision: false } } }),
      },
      conversations: { before: () => [], imagesBefore: () => [] } as unknown as Conversations,
      tools: {
        tools: new Map([toolNamed("search", true), toolNamed("post", false)]),
        documents: async () => [],
        now: () => 0,
        onCall: () => {},
        onResult: () => {},
      },
      documentNote: null,
      readDocument: async () => new Uint8Array(),
      spent: () => {},
    } as unknown as TurnContext;
    const prepare = (): TurnContext => context;
    await Promise.race([runTurn(turn, { prepare, resumed: !isFirst, confidential: false }), hung.promise]);
    return row;
  }

  /** How many processes have ended before the turn is given up, `most` if it is not. */
  async interruptions(most: number): Promise<number> {
    let row = await this.run(true);
    for (let count = 1; count <= most; count += 1) {
      row = await this.run();
      if (row.outcome) {
        expect(row.outcome.error).toMatchObject({ code: "internal" });
        return count;
      }
    }
    return most;
  }
}

// oxlint-disable-next-line require-yield -- it hangs before it says anything.
const silent: Speaks = async function* (hang) {
  await hang();
};

/** Something that came of a step. */
const further: Operation[] = [["a", { k: "filtered", findings: [] }]];

const calling = (...names: string[]): Speaks =>
  async function* () {
    for (const name of names) yield { type: "tool-call", id: name, name, input: {} };
    yield finish("tool-calls");
  };

describe("a turn that is interrupted at the same step again and again", () => {
  it("is given up after five times where it worked in the process", async () => {
    expect(await new Life("offline/extract", silent).interruptions(60)).toBe(5);
    expect(await new Life("one/m", calling("search")).interruptions(60)).toBe(5);
  });

  it("is given up after twenty times where it waited for somebody else", async () => {
    expect(await new Life("one/m", silent).interruptions(60)).toBe(20);
    expect(await new Life("one/m", calling("post")).interruptions(60)).toBe(20);
  });

  it("waited for somebody else where what works in the process was done before", async () => {
    const life = new Life("one/m", calling("search", "post"));
    await life.run(true);
    life.disk.push([["+", { k: "result", id: "search", output: "found", startedAt: 0, endedAt: 0 }]]);
    for (let count = 1; count <= 10; count += 1) expect((await life.run()).outcome).toBeNull();
  });

  it("says what happened, and that asking again does not help", async () => {
    const life = new Life("offline/extract", silent);
    await life.interruptions(5);
    const { outcome } = await life.run();
    expect(outcome?.error).toEqual({
      code: "internal",
      message:
        "The turn was interrupted 5 times in a row at the same step, nothing of which was left, and given up.",
      retryable: false,
    });
  });

  it("is given up after fifty times even if it comes a little further each time", async () => {
    const life = new Life("offline/extract", silent);
    await life.run(true);
    for (let count = 1; count <= 50; count += 1) {
      expect((await life.run()).outcome).toBeNull();
      life.disk.push(further);
    }
    expect((await life.run()).outcome?.error?.message).toContain("50 times");
  });
});

describe("a turn that others interrupt", () => {
  it("is not given up for a model that says something else each time it is asked", async () => {
    const life = new Life("offline/extract", silent);
    await life.run(true);
    for (let count = 1; count <= 40; count += 1) {
      expect((await life.run()).outcome).toBeNull();
      life.disk.push(further, [["x", 1]]);
    }
  });

  it("is not given up while it gets further in between", async () => {
    const life = new Life("offline/extract", silent);
    await life.run(true);
    for (let count = 0; count < 20; count += 1) {
      expect((await life.run()).outcome).toBeNull();
      if (count % 3 === 2)
        life.disk.push([
          ["+", { k: "source", source: { id: "a", title: "a", mediaType: "b", start: 0, end: 1 } }],
        ]);
    }
  });

  it("is not given up where its work had not begun again when the process ended", async () => {
    const life = new Life("offline/extract", silent);
    await life.run(true);
    for (let count = 0; count < 20; count += 1) {
      expect((await life.run()).outcome).toBeNull();
      // The process ended before the step went to work: its note never was on disk.
      life.disk.splice(
        life.disk.findLastIndex(([operation]) => operation?.[0] === "w"),
        1,
      );
    }
  });

  it("of a version that marked no interruptions is taken up as ever", async () => {
    const life = new Life("offline/extract", silent);
    for (let count = 0; count < 30; count += 1) life.disk.push([["x", 1]]);
    expect((await life.run()).outcome).toBeNull();
    for (let count = 0; count < 200; count += 1) life.disk.push([["x", 1]]);
    expect((await life.run()).outcome?.error?.message).toContain("50 times");
  });
});
