/** One trial of the kill test: work in the air, `kill -9` at a random moment, and what must hold after. */
import { MessageBuilder, createClient, defaultRetry, textOf } from "@orrery/client";
import type { Execution, ExecutionSummary, OrreryClient, TurnMessage } from "@orrery/client";
import { answerTo } from "../../../bench/src/reply-plan.ts";
import { startPlatform } from "../../platform/platform.ts";
import type { Platform, PlatformOptions } from "../../platform/platform.ts";
import type { Ledger } from "../../platform/ledger.ts";

/** What is asked, and what its answer must be. */
export interface Workload {
  name: string;
  agentId: string;
  tokens: number;
  /** Whether the answer begins with a call of a tool, and whether that tool may run but once. */
  tool: boolean;
  once: boolean;
}

export interface TrialReport {
  accepted: number;
  /** Milliseconds between the first request and the kill. */
  killedAfter: number;
  failures: string[];
}

interface Asked {
  workload: Workload;
  input: string;
  executionId: string;
  /** What a client that followed through the kill has put together; it ends with the stream. */
  followed: Promise<TurnMessage | null>;
}

const clientOf = ({ url, token }: Platform): OrreryClient =>
  createClient({
    baseUrl: url,
    token,
    retry: { ...defaultRetry, attempts: 200, streamAttempts: 200, baseMs: 50, maxMs: 500 },
  });

/** Runs one trial against a running platform, and returns it with the platform that took its place. */
export async function runTrial(
  platform: Platform,
  again: PlatformOptions,
  workloads: readonly Workload[],
  ledger: Ledger,
  random: () => number,
): Promise<{ report: TrialReport; platform: Platform }> {
  const failures: string[] = [];
  const client = clientOf(platform);
  const asked: Asked[] = [];
  const started = Date.now();
  const requests = workloads.flatMap((workload) =>
    Array.from({ length: 2 }, (_, index) =>
      ask(client, workload, `${workload.name} ${index} ${random()}`, index === 0),
    ),
  );
  // What the kill cuts off before it is accepted, the client asks again under the same key.
  const accepting = requests.map(async (request) => asked.push(await request));
  await new Promise((resolve) => setTimeout(resolve, 30 + random() * 1_500));
  await platform.kill();
  const killedAfter = Date.now() - started;
  const next = await startPlatform(again);
  await Promise.all(accepting);

  const survivor = clientOf(next);
  const summaries = await waitForFinal(
    survivor,
    asked.map((one) => one.executionId),
    failures,
  );
  for (const one of asked) {
    const execution = await survivor.executions.get(one.executionId);
    failures.push(...checkAnswer(one, execution), ...checkIndexed(execution, summaries.get(one.executionId)));
    const followed = await one.followed;
    if (followed) failures.push(...checkFollowed(one, execution, followed));
  }
  for (const one of asked.filter(({ workload }) => workload.once)) {
    for (const [key, count] of ledger.counts) {
      if (key.startsWith(one.executionId) && count !== 1)
        failures.push(`a once tool ran ${count} times for ${key}`);
    }
  }
  failures.push(...(await checkBooked(survivor)));
  return { report: { accepted: asked.length, killedAfter, failures }, platform: next };
}

/** Asks, and where wanted follows the answer through whatever happens to the connection. */
async function ask(client: OrreryClient, workload: Workload, input: string, follow: boolean): Promise<Asked> {
  const text = workload.tool ? `${input} args: {"entry": 1}` : input;
  if (!follow) {
    const executionId = await client.executions.start(workload.agentId, text);
    return { workload, input: text, executionId, followed: Promise.resolve(null) };
  }
  const stream = await client.executions.stream(workload.agentId, text);
  const followed = (async () => {
    const builder = new MessageBuilder();
    for await (const chunk of stream) builder.add(chunk);
    return builder.message;
  })();
  followed.catch(() => {}); // Looked at when the trial is over.
  return { workload, input: text, executionId: stream.executionId, followed };
}

/** Looks at the index alone until it shows all of them final: no execution is asked after. */
async function waitForFinal(
  client: OrreryClient,
  ids: readonly string[],
  failures: string[],
): Promise<Map<string, ExecutionSummary>> {
  const final = new Map<string, ExecutionSummary>();
  const deadline = Date.now() + 45_000;
  while (final.size < ids.length && Date.now() < deadline) {
    for await (const summary of client.executions.listAll({})) {
      if (!ids.includes(summary.id)) break; // Newest first: the rest is of earlier trials.
      if (["completed", "failed", "cancelled"].includes(summary.status)) final.set(summary.id, summary);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  for (const id of ids) if (!final.has(id)) failures.push(`${id} did not reach a final state within 45 s`);
  return final;
}

function checkAnswer({ workload, input, executionId }: Asked, execution: Execution): string[] {
  const failures: string[] = [];
  if (execution.status !== "completed") {
    failures.push(
      `${executionId} (${workload.name}) is ${execution.status}: ${execution.error?.message ?? ""}`,
    );
    return failures;
  }
  const expected = answerTo(input, workload.tokens);
  if (execution.output !== expected) {
    failures.push(
      `${executionId} (${workload.name}) has another answer: ${difference(execution.output ?? "", expected)}`,
    );
  }
  if (workload.tool) {
    const [call, ...more] = execution.toolCalls;
    if (!call || more.length > 0)
      failures.push(`${executionId} has ${execution.toolCalls.length} tool calls instead of 1`);
    else if (call.error !== undefined) failures.push(`${executionId}: its tool call failed: ${call.error}`);
  }
  return failures;
}

function checkIndexed(execution: Execution, summary: ExecutionSummary | undefined): string[] {
  if (!summary) return [];
  const fields = ["status", "sessionId", "model", "latencyMs", "completedAt", "createdAt"] as const;
  return fields
    .filter((field) => execution[field] !== summary[field])
    .map(
      (field) =>
        `${execution.id}: the index has ${field} ${String(summary[field])}, the object ${String(execution[field])}`,
    );
}

/** Looks until what was booked is what all executions of the workspace come to; both follow within seconds. */
async function checkBooked(client: OrreryClient): Promise<string[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    let costMicros = 0;
    let tokens = 0;
    for await (const { usage } of client.executions.listAll({})) {
      costMicros += usage?.costMicros ?? 0;
      tokens += (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    }
    const { total } = await client.usage.report({ by: "agent" });
    const booked = total.inputTokens + total.outputTokens;
    if (total.costMicros === costMicros && booked === tokens && costMicros > 0) return [];
    if (Date.now() > deadline) {
      return [
        `the executions come to ${costMicros} micro-dollars and ${tokens} tokens, ${total.costMicros} and ${booked} were booked`,
      ];
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function checkFollowed(
  { executionId, workload }: Asked,
  execution: Execution,
  message: TurnMessage,
): string[] {
  const steps = message.parts.findLastIndex((part) => part.type === "step-start");
  const seen = textOf({ ...message, parts: message.parts.slice(steps) });
  if (seen === execution.output) return [];
  return [
    `${executionId} (${workload.name}): a follower saw another answer: ${difference(seen, execution.output ?? "")}`,
  ];
}

function difference(actual: string, expected: string): string {
  let at = 0;
  while (at < actual.length && actual[at] === expected[at]) at += 1;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 30));
  return `from character ${at} of ${expected.length}, ${around(actual)} instead of ${around(expected)}`;
}
