/** A gateway of two scripted providers, with an account of their own. */
import type { ModelEvent } from "../../contract.ts";
import { createGateway, type GatewayOptions } from "../../gateway.ts";
import type { Statistics } from "../../routing/contract.ts";
import { SharedStatistics } from "../../routing/isolate.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { inProcessAccount } from "./in-process-account.ts";
import { ScriptedProvider, priced, type Script } from "./scripted.ts";

export const good: Script = { says: ["All ", "is ", "well."], ends: "finish" };

/** Two providers, `one/m` and `two/m`, and an account of their own. */
export function lab(
  scripts: { one?: readonly Script[]; two?: readonly Script[]; otherwise?: Script },
  more: { catalog?: Record<string, unknown>; options?: GatewayOptions } = {},
) {
  const clock = new ManualClock();
  const otherwise = scripts.otherwise ?? good;
  const one = new ScriptedProvider("one", scripts.one ?? [], otherwise);
  const two = new ScriptedProvider("two", scripts.two ?? [], otherwise);
  const { account, books } = inProcessAccount(clock);
  const statistics = new SharedStatistics();
  const gateway = createGateway(
    { MODEL_CATALOG: priced(["one/m", "two/m"], more.catalog) },
    { clock, providers: [one, two], account, statistics, random: () => 1, ...more.options },
  );
  return { clock, one, two, books, gateway, statistics };
}

/** The text that a reader who heeds restarts is left with. */
export const textOf = (events: readonly ModelEvent[]): string =>
  events.reduce(
    (text, event) => (event.type === "restart" ? "" : event.type === "text" ? text + event.text : text),
    "",
  );

export const callsOf = (events: readonly ModelEvent[]) =>
  events.flatMap((event) => (event.type === "call" ? [event.call] : []));

/** Lets a model have answered within 100 ms, thirty times. */
export function measure(statistics: Statistics, model: string, at: number): void {
  for (let call = 0; call < 30; call++) {
    statistics.record({
      model,
      location: "local",
      at,
      outcome: "completed",
      firstTokenMs: 100,
      latencyMs: 200,
    });
  }
}
