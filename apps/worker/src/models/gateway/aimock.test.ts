/** The gateway before upstreams that we did not write, and before all that goes wrong on the way from them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ModelCall } from "@orrery/protocol";
import { createGateway } from "../gateway.ts";
import { SharedStatistics } from "../routing/isolate.ts";
import { Upstream, cuts, faults, wires, type Fault, type Wire } from "../testing/aimock.ts";
import { limits, weather } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf, run, type Ran } from "../testing/steps.ts";
import { bounded, inProcessAccount } from "./testing/in-process-account.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());

const content = "one two three four five six seven eight nine ten";
const limitMicros = 10_000_000;

/** A gateway of its own, with a budget, in front of an upstream that answers well. */
async function lab(wire: Wire, clock = new ManualClock()) {
  upstream.reset();
  upstream.mock.onMessage("count", { content }, { chunkSize: 8 });
  const { account, books } = inProcessAccount(clock);
  await bounded(books, clock, limitMicros);
  const variables = upstream.variables;
  const gateway = createGateway(
    {
      ...variables,
      MODEL_CATALOG: JSON.stringify({
        [`lab/${wire.model}`]: { price: { inputMicros: 1_000_000, outputMicros: 2_000_000 } },
      }),
    },
    { clock, account, limits, statistics: new SharedStatistics(), random: () => 1 },
  );
  const model = `${wire.provider}/${wire.model}`;
  return { clock, books, gateway, model };
}

type Lab = Awaited<ReturnType<typeof lab>>;

const callsOf = ({ events }: Ran): ModelCall[] =>
  events.flatMap((event) => (event.type === "call" ? [event.call] : []));

/** What is on the books is what the calls came to, and nothing is held any more. */
function expectBalance({ books, clock }: Lab, ran: Ran): void {
  const [budget] = books.budgets();
  const spent = callsOf(ran).reduce((sum, { costMicros }) => sum + costMicros, 0);
  expect(budget).toMatchObject({ heldMicros: 0, spentMicros: spent });
  expect(ran.finish?.usage.costMicros ?? spent).toBe(spent);
  expect(clock.pending).toBe(0);
}

/** A fault that every attempt meets; where it is silence, time passes each time. */
async function suffer(parts: Lab, fault: Fault, request: Parameters<typeof run>[1]): Promise<Ran> {
  fault.begin(upstream);
  const ran = run(parts.gateway, request);
  if (fault.silent !== true) return await ran;
  for (;;) {
    const heard = await Promise.race([upstream.server.stuck().then(() => null), ran]);
    if (heard !== null) return heard;
    parts.clock.advance(limits.firstByteMs);
    await new Promise(setImmediate);
  }
}

describe.each(wires)("$name", (wire) => {
  it("answers, reports what it took, and is paid", async () => {
    const parts = await lab(wire);
    const ran = await run(parts.gateway, requestOf(parts.clock, parts.model, "count"));
    expect(ran).toMatchObject({ error: undefined, text: content });
    expect(ran.finish?.usage.outputTokens).toBeGreaterThan(0);
    expect(callsOf(ran)).toMatchObject([{ outcome: "completed", model: parts.model }]);
    expectBalance(parts, ran);
  });

  it("calls tools, several at once too", async () => {
    const parts = await lab(wire);
    const cities = ["Lima", "Oslo"];
    const toolCalls = cities.map((city) => ({ name: weather.name, arguments: { city } }));
    upstream.mock.onMessage("call", { toolCalls }, { chunkSize: 6 });
    const request = requestOf(parts.clock, parts.model, "call", { tools: [weather] });
    const ran = await run(parts.gateway, request);
    expect(ran.calls.map(({ input }) => input)).toEqual(cities.map((city) => ({ city })));
    expect(ran.finish?.reason).toBe("tool-calls");
    expectBalance(parts, ran);
  });

  it.each(faults)("ends with the documented error, and balanced books, after $name", async (fault) => {
    const parts = await lab(wire);
    const ran = await suffer(parts, fault, requestOf(parts.clock, parts.model, "count"));
    expect(ran).toMatchObject({ error: fault.error, finish: undefined });
    const attempts = fault.error.retryable === true ? 3 : 1;
    expect(callsOf(ran).map(({ outcome }) => outcome)).toEqual(Array(attempts).fill("failed"));
    expectBalance(parts, ran);
  });

  it("answers all the same where a fault passes: the step begins again, and the whole text comes", async () => {
    const first = await lab(wire);
    await run(first.gateway, requestOf(first.clock, first.model, "count"));
    for (const fault of cuts(upstream.server.events)) {
      const parts = await lab(wire);
      fault.begin(upstream);
      const request = requestOf(parts.clock, parts.model, "count");
      const running = parts.gateway.step(request);
      const ran: Ran = {
        text: "",
        reasoning: "",
        calls: [],
        finish: undefined,
        events: [],
        error: undefined,
      };
      for await (const event of running) {
        ran.events.push(event);
        if (event.type === "call" && event.call.outcome === "failed") upstream.server.harm(null);
        if (event.type === "text") ran.text += event.text;
        if (event.type === "restart") ran.text = "";
        if (event.type === "finish") ran.finish = event;
      }
      // A model that goes on from a beginning is asked for the rest; this upstream says all of it again.
      const begun = ran.text.slice(0, -content.length);
      expect({ name: fault.name, text: ran.text }).toEqual({ name: fault.name, text: begun + content });
      expect(content.startsWith(begun)).toBe(true);
      expectBalance(parts, ran);
    }
  });

  it("leaves the books balanced when the caller leaves in the middle", async () => {
    const parts = await lab(wire);
    const controller = new AbortController();
    const request = requestOf(parts.clock, parts.model, "count", { signal: controller.signal });
    const ran: Ran = { text: "", reasoning: "", calls: [], finish: undefined, events: [], error: undefined };
    try {
      for await (const event of parts.gateway.step(request)) {
        ran.events.push(event);
        if (event.type === "text") controller.abort();
      }
    } catch (error) {
      ran.error = error;
    }
    expect(ran.error).toBe(controller.signal.reason);
    expect(callsOf(ran)).toMatchObject([{ outcome: "cancelled", estimated: true }]);
    expectBalance(parts, ran);
  });
});

describe("how often a model is asked", () => {
  const [wire] = wires;
  if (wire === undefined) throw new Error("there are wires");

  it("follows Retry-After, and grows otherwise", async () => {
    const told = await lab(wire);
    const [slowDown, onFire] = faults;
    if (!slowDown || !onFire) throw new Error("there are faults");
    await suffer(told, slowDown, requestOf(told.clock, told.model, "count"));
    const waits = told.clock.waits.filter((wait) => wait >= 7_000);
    expect(waits).toHaveLength(2);

    const untold = await lab(wire);
    await suffer(untold, onFire, requestOf(untold.clock, untold.model, "count"));
    expect(untold.clock.waits.length).toBeGreaterThanOrEqual(2);
    for (const [index, wait] of untold.clock.waits.slice(-2).entries()) {
      expect(wait).toBeLessThanOrEqual(500 * 2 ** index);
    }
  });

  it("never waits past the deadline", async () => {
    const parts = await lab(wire, new ManualClock(1_000));
    const [slowDown] = faults;
    if (!slowDown) throw new Error("there are faults");
    const request = requestOf(parts.clock, parts.model, "count", { deadline: parts.clock.now() + 5_000 });
    const ran = await suffer(parts, slowDown, request);
    expect(ran.error).toMatchObject({ code: "rate_limited" });
    expect(callsOf(ran)).toHaveLength(1);
    expectBalance(parts, ran);
  });
});
