/** What is booked for a call by what its provider, or AI Gateway before it, says of it. */
import { expect, test } from "vitest";
import type { Provider, ProviderEvent } from "../contract.ts";
import { createGateway } from "../gateway.ts";
import { SharedStatistics } from "../routing/isolate.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { requestOf, run } from "../testing/steps.ts";
import { priced } from "./testing/scripted.ts";

/** A provider behind AI Gateway, which answers from its cache or does not. */
const behindGateway = (gatewayCached: boolean): Provider => ({
  name: "one",
  extractive: false,
  unavailable: () => null,
  async *stream(): AsyncGenerator<ProviderEvent, void, undefined> {
    yield { type: "log", gatewayLogId: "01LOG", gatewayCached };
    yield { type: "text", text: "All is well." };
    yield { type: "finish", reason: "stop", usage: { inputTokens: 10, outputTokens: 3 } };
  },
});

test.each([
  { cached: true, costMicros: 0, said: { gatewayLogId: "01LOG", gatewayCached: true } },
  { cached: false, costMicros: 16, said: { gatewayLogId: "01LOG" } },
])("says whether AI Gateway answered from its cache, and then costs nothing: $cached", async (expected) => {
  const clock = new ManualClock();
  const gateway = createGateway(
    { MODEL_CATALOG: priced(["one/m"]) },
    { clock, providers: [behindGateway(expected.cached)], statistics: new SharedStatistics() },
  );
  const { events } = await run(gateway, requestOf(clock, "one/m", "How is it?"));
  const calls = events.flatMap((event) => (event.type === "call" ? [event.call] : []));
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ costMicros: expected.costMicros, ...expected.said });
  expect(calls[0]?.gatewayCached).toBe(expected.said.gatewayCached);
});

test.each([
  { said: 5, inputTokens: 5, estimated: undefined },
  { said: 0, inputTokens: 3, estimated: true },
])("says of embeddings whether they were counted or estimated: $said", async (expected) => {
  const clock = new ManualClock();
  const counting: Provider = {
    ...behindGateway(false),
    embed: async ({ values }) => ({ embeddings: values.map(() => [1]), inputTokens: expected.said }),
  };
  const gateway = createGateway(
    { MODEL_CATALOG: priced(["one/e"], { kind: "embedding" }) },
    { clock, providers: [counting], statistics: new SharedStatistics() },
  );
  const { callId, caller, policy, signal, deadline } = requestOf(clock, "one/e", "");
  const context = { callId, caller, policy, signal, deadline };
  const { calls } = await gateway.embed({ ...context, model: "one/e", values: ["hello there"] });
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ outcome: "completed", inputTokens: expected.inputTokens });
  expect(calls[0]?.estimated).toBe(expected.estimated);
});
