/** Everyone at once on the real launcher, against a model server that allows little and sometimes fails. */
import { createClient } from "@orrery/client";
import type { Execution } from "@orrery/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { answerTo } from "../../bench/src/reply-plan.ts";
import { startPlatform } from "../platform/platform.ts";
import type { Platform } from "../platform/platform.ts";
import { startStrictUpstream } from "../platform/strict-upstream.ts";
import type { StrictUpstream } from "../platform/strict-upstream.ts";
import { requirement } from "./requirements.ts";

const perSecond = 50;
/** Executions of each agent: one that wants it all, some that want a few, and many that want one. */
const crowd = [200, ...Array.from({ length: 20 }, () => 10), ...Array.from({ length: 100 }, () => 1)];

let upstream: StrictUpstream;
let platform: Platform;

beforeAll(async () => {
  upstream = await startStrictUpstream({ perSecond, failEvery: 20 });
  platform = await startPlatform({
    env: {
      MODEL_SERVERS: JSON.stringify({ strict: { baseUrl: upstream.baseUrl, models: ["chat"] } }),
      MODEL_LIMITS: JSON.stringify({ strict: { requestsPerMinute: perSecond * 60 } }),
    },
  });
});

afterAll(async () => {
  await platform.stop();
  upstream.stop();
});

interface Load {
  agentId: string;
  inputs: string[];
}

async function execute({ agentId }: Load, input: string): Promise<Execution> {
  const response = await fetch(`${platform.url}/api/v1/agents/${agentId}/executions`, {
    method: "POST",
    headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
    body: JSON.stringify({ input }),
  });
  return (await response.json()) as Execution;
}

/** Milliseconds from the first of an agent's executions being accepted to the last being complete. */
function spanOf(executions: readonly Execution[]): number {
  const ends = executions.map(({ completedAt }) => Date.parse(completedAt ?? ""));
  return Math.max(...ends) - Math.min(...executions.map(({ createdAt }) => Date.parse(createdAt)));
}

it(requirement("storm"), async () => {
  const client = createClient({ baseUrl: platform.url, token: platform.token });
  const loads: Load[] = [];
  for (const [index, count] of crowd.entries()) {
    const { id } = await client.agents.create({ name: `Agent ${index}`, model: "strict/chat" });
    loads.push({ agentId: id, inputs: Array.from({ length: count }, (_, n) => `${index}, for time ${n}`) });
  }

  const done = await Promise.all(
    loads.map(async (load) => ({
      load,
      executions: await Promise.all(load.inputs.map((input) => execute(load, input))),
    })),
  );

  for (const { load, executions } of done) {
    expect(executions.map(({ status, error }) => error ?? status)).toEqual(
      load.inputs.map(() => "completed"),
    );
    expect(executions.map(({ output }) => output)).toEqual(load.inputs.map((input) => answerTo(input, 5)));
  }

  const counts = await upstream.counts();
  expect(counts.failed).toBeGreaterThanOrEqual(20);
  expect(counts.requests).toBe(500 + counts.failed);
  expect(counts.refused).toBe(0);

  // An agent's fair time: as many rounds of all agents as it has executions, at the pace that the whole went.
  const paceMs = (counts.lastAt - counts.firstAt) / counts.requests;
  for (const { load, executions } of done) {
    const rounds = load.inputs.length * crowd.length;
    const fairMs = Math.min(rounds, counts.requests) * paceMs;
    expect(spanOf(executions), `of ${load.inputs.length}`).toBeLessThanOrEqual(3 * fairMs);
  }
});
