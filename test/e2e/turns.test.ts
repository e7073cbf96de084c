/** Turns on the real launcher: retried, cancelled, shared, resumed, queued, stopped with the platform. */
import { MessageBuilder, createClient, textOf } from "@orrery/client";
import type { Execution, OrreryClient, TurnChunk } from "@orrery/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo } from "../../bench/src/reply-plan.ts";
import { startLedger } from "../platform/ledger.ts";
import type { Ledger } from "../platform/ledger.ts";
import { freePort, startPlatform, stateFolder } from "../platform/platform.ts";
import type { Platform, PlatformOptions } from "../platform/platform.ts";
import { startUpstream } from "../platform/upstream.ts";
import type { Upstream } from "../platform/upstream.ts";
import { requirement } from "./requirements.ts";

let upstream: Upstream;
let ledger: Ledger;
let options: PlatformOptions;
let platform: Platform;
let client: OrreryClient;

beforeAll(async () => {
  upstream = await startUpstream();
  ledger = await startLedger(() => 60_000);
  options = {
    state: stateFolder(),
    port: await freePort(),
    env: {
      MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: upstream.baseUrl } }),
      HTTP_TOOLS: JSON.stringify([
        {
          name: "slow_write",
          description: "Writes to the ledger, slowly.",
          inputSchema: { type: "object" },
          url: `${ledger.url}/write`,
          effect: "once",
        },
      ]),
    },
  };
  platform = await startPlatform(options);
  client = createClient({ baseUrl: platform.url, token: platform.token });
});

afterAll(async () => {
  await platform.stop();
  upstream.stop();
  await ledger.close();
});

const agent = async (model: string, tools: string[] = []): Promise<string> =>
  (await client.agents.create({ name: "Under test", model: `mock/${model}`, tools })).id;

/** A request as it goes over the wire, for what a client would not do by itself. */
const send = (
  path: string,
  init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
): Promise<Response> =>
  fetch(`${platform.url}/api/v1${path}`, {
    ...init,
    headers: {
      authorization: `Bearer ${platform.token}`,
      "content-type": "application/json",
      ...init.headers,
    },
  });

const execute = (agentId: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  send(`/agents/${agentId}/executions`, { method: "POST", body: JSON.stringify(body), headers });

interface Frame {
  id: string;
  chunk: TurnChunk;
}

/** The frames of a stream, to its end or to as many as are wanted. */
async function framesOf(response: Response, wanted = Number.POSITIVE_INFINITY): Promise<Frame[]> {
  const frames: Frame[] = [];
  let text = "";
  for await (const bytes of response.body ?? []) {
    text += new TextDecoder().decode(bytes);
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const match = /^id: (\S+)\ndata: (\{.*\})$/s.exec(event);
      if (match?.[1] && match[2]) frames.push({ id: match[1], chunk: JSON.parse(match[2]) as TurnChunk });
      if (frames.length >= wanted) return frames;
    }
  }
  return frames;
}

const messageOf = (frames: readonly Frame[]): string => {
  const builder = new MessageBuilder();
  for (const { chunk } of frames) builder.add(chunk);
  return textOf(builder.message);
};

const untilRunning = async (executionId: string, ready: (execution: Execution) => boolean): Promise<void> => {
  await expect
    .poll(async () => ready(await client.executions.get(executionId)), { timeout: 20_000 })
    .toBe(true);
};

describe("a request that is repeated", () => {
  it(requirement("idempotent-retry"), async () => {
    const agentId = await agent("mock-20x0");
    const headers = { "idempotency-key": "the-same" };
    const answers = await Promise.all(
      [1, 2, 3].map(() => execute(agentId, { input: "Once, please" }, headers)),
    );
    const executions = (await Promise.all(answers.map((answer) => answer.json()))) as Execution[];
    expect(new Set(executions.map(({ id }) => id)).size).toBe(1);
    expect(answers.map((answer) => answer.headers.get("idempotency-replayed")).filter(Boolean)).toEqual([
      "true",
      "true",
    ]);
    const again = await execute(agentId, { input: "Once, please", stream: undefined }, headers);
    expect(((await again.json()) as Execution).output).toBe(answerTo("Once, please", 20));
    expect((await client.executions.list(agentId)).items).toHaveLength(1);
  });

  it(requirement("idempotency-mismatch"), async () => {
    const agentId = await agent("mock-5x0");
    const headers = { "idempotency-key": "a-key" };
    expect((await execute(agentId, { input: "One thing" }, headers)).status).toBe(200);
    const refused = await execute(agentId, { input: "Another" }, headers);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: "idempotency_mismatch", status: 422 });
    expect((await client.executions.list(agentId)).items).toHaveLength(1);
  });
});

describe("cancelling", () => {
  it(requirement("cancel-model-step"), async () => {
    const agentId = await agent("slow-400x20");
    const stream = await client.executions.stream(agentId, "Go on and on");
    const builder = new MessageBuilder();
    for await (const chunk of stream) {
      builder.add(chunk);
      if (chunk.type === "text-delta" && textOf(builder.message).length > 30) await stream.cancel();
    }
    expect(builder.finishReason).toBe("abort");
    const execution = await stream.final();
    expect(execution).toMatchObject({ status: "cancelled", output: textOf(builder.message) });
    expect(answerTo("Go on and on", 400).startsWith(execution.output ?? "?")).toBe(true);
    // The conversation goes on after it.
    const next = await client.executions.create(await agent("mock-5x0"), "And now?");
    expect(next.status).toBe("completed");
  });

  it(requirement("cancel-tool-step"), async () => {
    const agentId = await agent("mock-5x0:slow_write", ["slow_write"]);
    const executionId = await client.executions.start(agentId, "Write it");
    await untilRunning(executionId, ({ toolCalls }) => toolCalls.length === 1 && ledger.counts.size > 0);
    const cancelled = await client.executions.cancel(executionId);
    expect(cancelled.status).toBe("cancelled");
    expect(cancelled.toolCalls).toMatchObject([{ name: "slow_write" }]);
    expect(
      [...ledger.counts].filter(([key]) => key.startsWith(executionId)).map(([, count]) => count),
    ).toEqual([1]);
  });

  it("changes nothing of an execution that has ended", async () => {
    const execution = await client.executions.create(await agent("mock-5x0"), "Quick");
    const refused = await send(`/executions/${execution.id}/cancel`, { method: "POST" });
    expect(refused.status).toBe(409);
    expect((await client.executions.get(execution.id)).status).toBe("completed");
  });
});

describe("a caller who leaves", () => {
  it(requirement("caller-leaves"), async () => {
    const agentId = await agent("slow-20x5");
    const heard = new Set<string>();
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const leaving = new AbortController();
      const gone = new Promise((resolve) => setTimeout(resolve, index)).then(() => leaving.abort());
      try {
        const response = await send(`/agents/${agentId}/executions`, {
          method: "POST",
          // Half of them want the stream, the others the answer.
          body: JSON.stringify({ input: `Question ${index}`, stream: index % 2 === 0 }),
          signal: leaving.signal,
        });
        heard.add((response.headers.get("location") ?? "").split("/").at(-1) ?? "");
        await response.text();
      } catch (error) {
        expect((error as Error).name).toBe("AbortError");
      }
      await gone;
    });
    await Promise.all(calls);
    const executions = async (): Promise<Execution[]> =>
      (await client.executions.list(agentId, { limit: 100 })).items;
    await expect
      .poll(async () => (await executions()).every(({ status }) => status === "completed"), {
        timeout: 60_000,
      })
      .toBe(true);
    const all = await executions();
    for (const { input, output } of all) expect(output).toBe(answerTo(String(input), 20));
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([...heard]));
    // Were all gone before anything was accepted, this would show nothing.
    expect(all.length).toBeGreaterThan(0);
  });
});

describe("following a stream", () => {
  it(requirement("two-readers"), async () => {
    const agentId = await agent("slow-60x15");
    const first = await execute(agentId, { input: "Tell us both", stream: true });
    const executionId = (first.headers.get("location") ?? "").split("/").at(-1) ?? "";
    const early = framesOf(first);
    await untilRunning(executionId, ({ output }) => (output?.length ?? 0) > 40);
    const late = framesOf(await send(`/executions/${executionId}/stream`));
    const [one, two] = await Promise.all([early, late]);
    expect(messageOf(one)).toBe(answerTo("Tell us both", 60));
    expect(messageOf(two)).toBe(messageOf(one));
    expect(two.at(-1)).toEqual(one.at(-1));
  });

  it(requirement("resume-after-one"), async () => {
    const agentId = await agent("slow-40x10");
    const response = await execute(agentId, { input: "Resume me", stream: true });
    const executionId = (response.headers.get("location") ?? "").split("/").at(-1) ?? "";
    const [first] = await framesOf(response, 1);
    await response.body?.cancel().catch(() => {});
    const rest = await framesOf(
      await send(`/executions/${executionId}/stream`, { headers: { "last-event-id": first?.id ?? "" } }),
    );
    expect(first?.chunk.type).toBe("start");
    expect(rest.map(({ chunk }) => chunk.type)).not.toContain("start");
    expect(messageOf([...(first ? [first] : []), ...rest])).toBe(answerTo("Resume me", 40));
    // From every single place, the rest is what is missing.
    const whole = await framesOf(await send(`/executions/${executionId}/stream`));
    for (const [index, { id }] of rest.entries()) {
      const more = await framesOf(
        await send(`/executions/${executionId}/stream`, { headers: { "last-event-id": id } }),
      );
      expect(messageOf([...(first ? [first] : []), ...rest.slice(0, index + 1), ...more])).toBe(
        messageOf(whole),
      );
    }
  });

  it(requirement("resume-after-all"), async () => {
    const execution = await client.executions.create(await agent("mock-10x0"), "All of it");
    const frames = await framesOf(await send(`/executions/${execution.id}/stream`));
    const last = frames.at(-1)?.id ?? "";
    const response = await send(`/executions/${execution.id}/stream`, { headers: { "last-event-id": last } });
    expect((await response.text()).trim()).toBe("data: [DONE]");
  });

  it("refuses an event id that is none of its own", async () => {
    const execution = await client.executions.create(await agent("mock-5x0"), "x");
    for (const id of ["yesterday", "0.99999", "9.1"]) {
      const headers = { "last-event-id": id };
      const response = await send(`/executions/${execution.id}/stream`, { headers });
      expect([id, response.status, await response.json()]).toMatchObject([
        id,
        422,
        { code: "invalid_request", errors: [{ path: "last-event-id" }] },
      ]);
    }
  });
});

describe("many turns at once", () => {
  it(requirement("fifty-at-once"), async () => {
    const agentId = await agent("mock-10x1");
    const opening = await client.executions.create(agentId, "Begin");
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.executions.start(agentId, `Number ${index}`, { sessionId: opening.sessionId }),
      ),
    );
    await expect
      .poll(
        async () => (await client.executions.list(agentId, { status: "completed", limit: 100 })).items.length,
        { timeout: 60_000 },
      )
      .toBe(51);
    const executions = await Promise.all(ids.map((id) => client.executions.get(id)));
    for (const { input, output } of executions) expect(output).toBe(answerTo(String(input), 10));
    const accepted = executions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const finished = executions.toSorted((a, b) => (a.completedAt ?? "").localeCompare(b.completedAt ?? ""));
    const times = accepted.map(({ completedAt }) => completedAt);
    expect(times).toEqual(times.toSorted((a = "", b = "") => a.localeCompare(b)));
    expect(finished).toHaveLength(50);
    const messages = await client.sessions.messages(agentId, opening.sessionId, { limit: 100 });
    const inputs = messages.items
      .filter(({ role }) => role === "user")
      .map((message) => textOf(message as never));
    expect(inputs.slice(-50)).toEqual(
      accepted
        .slice(-inputs.length)
        .map(({ input }) => input)
        .slice(-50),
    );
  });
});

describe("a deleted agent", () => {
  it(requirement("deleted-whole"), async () => {
    const agentId = await agent("slow-400x20");
    const running = await client.executions.start(agentId, "Never finished", {
      attachments: [
        { name: "note.md", mediaType: "text/markdown", data: new TextEncoder().encode("# A note") },
      ],
    });
    await client.agents.delete(agentId);
    for (const path of [
      `/agents/${agentId}`,
      `/agents/${agentId}/executions`,
      `/agents/${agentId}/sessions`,
      `/executions/${running}`,
    ]) {
      expect((await send(path)).status).toBe(404);
    }
    expect((await client.agents.list({ q: agentId })).items).toEqual([]);
    expect((await client.executions.listRecent({ agentId })).items).toEqual([]);
    expect((await execute(agentId, { input: "Hello?" })).status).toBe(404);
  });
});

describe("stopping the platform", () => {
  it(requirement("parked-on-stop"), async () => {
    const agentId = await agent("slow-200x20");
    const executionId = await client.executions.start(agentId, "Park me");
    await untilRunning(executionId, ({ output }) => (output?.length ?? 0) > 20);
    expect(await platform.stop("SIGTERM")).toBe(0);
    platform = await startPlatform(options);
    client = createClient({ baseUrl: platform.url, token: platform.token });
    await expect
      .poll(async () => (await client.executions.listRecent({ agentId })).items[0]?.status, {
        timeout: 30_000,
      })
      .toBe("completed");
    expect((await client.executions.get(executionId)).output).toBe(answerTo("Park me", 200));
  });
});
