/** What upstreams do wrong, on each wire: every step ends in the right error, never hangs, and never half ends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "../contract.ts";
import { cuts, faults, Upstream, wires, type Fault } from "../testing/aimock.ts";
import { answerOf, asking, limits, transportOf, weather, type Answered } from "../testing/asking.ts";
import { ManualClock } from "../testing/manual-clock.ts";

const upstream = new Upstream();
beforeAll(() => upstream.start());
afterAll(() => upstream.stop());

const content = "one two three four five six seven eight nine ten";
const city = "Llanfairpwllgwyngyll";

describe.each(wires)("$name", (wire) => {
  let clock: ManualClock;
  let provider: Provider;
  beforeEach(() => {
    upstream.reset();
    clock = new ManualClock();
    provider = upstream.provider(wire, transportOf(clock));
    upstream.mock.onMessage("count", { content }, { chunkSize: 8 });
    upstream.mock.onMessage(
      "call",
      { toolCalls: [{ name: "get_weather", arguments: { city } }] },
      { chunkSize: 6 },
    );
  });

  const count = () => answerOf(provider, asking(wire.model, "count"));
  const callTool = () => answerOf(provider, asking(wire.model, "call", { tools: [weather] }));

  async function suffer(fault: Fault, ask: () => Promise<Answered>): Promise<Answered> {
    fault.begin(upstream);
    const stuck = upstream.server.stuck();
    const asked = ask();
    if (fault.silent === true) {
      await stuck;
      clock.advance(limits.firstByteMs);
    }
    const answered = await asked;
    const { name, error } = fault;
    expect({ name, ...answered }).toMatchObject({ name, error, finish: undefined });
    expect(String(answered.error)).not.toContain("secret");
    expect(clock.pending).toBe(0);
    return answered;
  }

  it.each(faults)("bears $name", async (fault) => {
    const answered = await suffer(fault, count);
    expect(content.startsWith(answered.text)).toBe(true);
  });

  it("waits for a slow first token", async () => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => (release = resolve));
    upstream.server.harm({ kind: "delay", until });
    const stuck = upstream.server.stuck();
    const asked = count();
    await stuck;
    clock.advance(limits.firstByteMs - 1);
    release();
    expect(await asked).toMatchObject({ error: undefined, text: content });
    expect(clock.pending).toBe(0);
  });

  it("bears a text cut at every event", async () => {
    await count();
    const { events } = upstream.server;
    expect(events).toBeGreaterThan(4);
    for (const fault of endless(cuts(events))) {
      const answered = await suffer(fault, count);
      expect(content.startsWith(answered.text)).toBe(true);
    }
  });

  it("bears a call cut at every event, and never makes half a call", async () => {
    await callTool();
    const { events } = upstream.server;
    for (const fault of endless(cuts(events))) {
      const answered = await suffer(fault, callTool);
      // A call that was complete before the cut may have been told: it is whole then.
      for (const call of answered.calls) expect(call.input).toEqual({ city });
    }
  });

  /** Without those cuts after which an answer is complete all the same: its reason for stopping has come. */
  function endless(all: Fault[]): Fault[] {
    const closing: Record<string, number> = { openai: 2, lab: 2, anthropic: 1, google: 0 };
    return all.slice(0, all.length - 2 * (closing[wire.provider] ?? 0));
  }

  it("takes an answer for complete once its reason for stopping has come", async () => {
    await count();
    const { events } = upstream.server;
    // The last event of these wires says nothing that is needed.
    if (wire.provider === "google") return;
    upstream.server.harm({ kind: "cut", afterEvents: events - 1, cleanly: true });
    expect(await count()).toMatchObject({ error: undefined, text: content, finish: { reason: "stop" } });
  });
});
