/** Runs the tools that a step asked for, each call once. */
import type { AgentDocument, Tool } from "./tools/index.ts";
import type { Item } from "./transcript.ts";
import type { Turn } from "./turn.ts";

type Call = Extract<Item, { k: "call" }>;
type Result = Extract<Item, { k: "result" }>;

/** Characters of JSON that are kept of one answer. */
const outputLimit = 256 * 1024;
/** Milliseconds that a tool may take which says nothing else. */
const usualTimeoutMs = 120_000;

export interface ToolHost {
  tools: ReadonlyMap<string, Tool>;
  documents(): Promise<AgentDocument[]>;
  now(): number;
  onCall(call: Call): void;
  onResult(call: Call, result: Result): void;
}

/**
 * Runs all calls of the last step that have no result yet, side by side, and records each result as it comes: that of a
 * `once` tool is on disk before anything else is waited for. The calls are on disk before any of them runs. A `once`
 * tool that may have run before a crash (`resumed`) is not run again: its outcome is asked for, or reported as unknown.
 * `persisted` is called once all that the turn has done so far is on disk.
 */
export async function runTools(
  turn: Turn,
  host: ToolHost,
  resumed: boolean,
  persisted: () => void,
): Promise<void> {
  const items = turn.transcript.items.slice(turn.transcript.lastStep());
  const done = new Set(items.filter((item) => item.k === "result").map((item) => item.id));
  const calls = items.filter((item) => item.k === "call").filter((call) => !done.has(call.id));
  if (calls.length > 0) {
    await turn.persist();
    persisted();
    await Promise.all(
      calls.map(async (call) => {
        // What is known of a call is kept, although the turn was stopped meanwhile.
        const result = await runCall(turn, host, call, resumed);
        turn.add(result);
        host.onResult(call, result);
        if (host.tools.get(call.name)?.effect === "once") await turn.persist();
      }),
    );
    turn.abort.signal.throwIfAborted();
  }
  turn.add({ k: "step-end" });
}

/** Answers the calls of the last step, which offered no tools, without running any. */
export function refuseTools(turn: Turn, host: Pick<ToolHost, "now">): void {
  const at = host.now();
  for (const call of turn.transcript.items.slice(turn.transcript.lastStep())) {
    if (call.k !== "call") continue;
    const error = "No tool was offered in this step: the turn had used as many steps as it may.";
    turn.add({ k: "result", id: call.id, error, startedAt: at, endedAt: at });
  }
  turn.add({ k: "step-end" });
}

async function runCall(turn: Turn, host: ToolHost, call: Call, resumed: boolean): Promise<Result> {
  const startedAt = host.now();
  host.onCall(call);
  const outcome = await callTool(host, {
    name: call.name,
    input: call.input,
    idempotencyKey: `${turn.row.id}:${call.id}`,
    signal: turn.abort.signal,
    resumed,
  });
  return { k: "result", id: call.id, ...outcome, startedAt, endedAt: host.now() };
}

/** A call of a tool, wherever it comes from. */
export interface OrderedCall {
  name: string;
  input: unknown;
  idempotencyKey: string;
  signal: AbortSignal;
  /** Whether it may have run before a crash. */
  resumed: boolean;
}

export type CallOutcome = { output: unknown } | { error: string };

/** Runs one tool. Never rejects: a failure is the call's outcome, in words that the caller may read. */
export async function callTool(
  host: Pick<ToolHost, "tools" | "documents" | "now">,
  { name, input, idempotencyKey, signal: stopped, resumed }: OrderedCall,
): Promise<CallOutcome> {
  const tool = host.tools.get(name);
  if (!tool) {
    return {
      error: `There is no tool named ${name}. Available: ${[...host.tools.keys()].join(", ") || "none"}.`,
    };
  }
  const parsed = tool.parse(input);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
    return { error: `The input is not valid: ${issues.join("; ")}` };
  }
  const timeoutMs = tool.timeoutMs ?? usualTimeoutMs;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]);
  try {
    if (resumed && tool.effect === "once") {
      const reconciled = tool.reconcile
        ? await tool.reconcile(idempotencyKey, signal)
        : ({ outcome: "unknown" } as const);
      if (reconciled.outcome === "done") return { output: bounded(reconciled.output) };
      if (reconciled.outcome === "unknown") {
        return {
          error: `This call of ${name} was interrupted: it may or may not have taken effect, and it was not repeated. Ask the user how to go on.`,
        };
      }
    }
    const running = tool.run(parsed.data, {
      idempotencyKey,
      signal,
      now: () => new Date(host.now()),
      documents: () => host.documents(),
    });
    const output = await Promise.race([running, aborted(signal)]);
    return { output: bounded(output) };
  } catch (error) {
    if (stopped.aborted) return { error: "The call was cancelled; it may have taken effect." };
    return { error: messageFor(name, error, timeoutMs) };
  }
}

/** Rejects when `signal` aborts: a tool that does not heed it holds nobody up. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const refuse = (): void => reject(signal.reason as Error);
    if (signal.aborted) refuse();
    else signal.addEventListener("abort", refuse, { once: true });
  });
}

/** An answer as it is kept. Of one that is too long the beginning, as text: the tool has run, and is not to run again for it. */
function bounded(output: unknown): unknown {
  const json = JSON.stringify(output ?? null);
  if (json.length <= outputLimit) return output ?? null;
  const text = typeof output === "string" ? output : json;
  return `${text.slice(0, outputLimit)}… (cut here: the answer has ${text.length} characters)`;
}

/** What a model may read of a failure: our own words in full, of others only that it failed and how. */
function messageFor(name: string, error: unknown, timeoutMs: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError")
    return `${name} did not answer within ${timeoutMs / 1000} s.`;
  return error instanceof Error ? error.message : `${name} failed.`;
}
