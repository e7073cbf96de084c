/** Running steps to their end, for tests. */
import type { ModelEvent, ModelGateway, ModelRequest } from "../contract.ts";
import type { Clock } from "../clock.ts";

let asked = 0;

/** A request with what every test needs, under a name of its own; it has an hour, and an empty policy. */
export function requestOf(
  clock: Clock,
  model: string,
  input: string,
  more: Partial<ModelRequest> = {},
): ModelRequest {
  asked += 1;
  return {
    callId: `call-${asked}`,
    caller: { workspaceId: "w1", location: "local" },
    policy: {},
    model,
    messages: [{ role: "user", content: input }],
    tools: [],
    temperature: 0.5,
    maxTokens: 256,
    signal: new AbortController().signal,
    deadline: clock.now() + 3_600_000,
    ...more,
  };
}

/** Everything a generator yields. @throws what it throws */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export interface Ran {
  text: string;
  reasoning: string;
  calls: Extract<ModelEvent, { type: "tool-call" }>[];
  finish: Extract<ModelEvent, { type: "finish" }> | undefined;
  events: ModelEvent[];
  error: unknown;
}

/** Runs a step to its end, whatever the end is; a restart takes back what came before it. */
export async function run(gateway: ModelGateway, request: ModelRequest): Promise<Ran> {
  const ran: Ran = {
    text: "",
    reasoning: "",
    calls: [],
    finish: undefined,
    events: [],
    error: undefined,
  };
  try {
    for await (const event of gateway.step(request)) {
      ran.events.push(event);
      if (event.type === "restart") Object.assign(ran, { text: "", reasoning: "", calls: [] });
      else if (event.type === "text") ran.text += event.text;
      else if (event.type === "reasoning") ran.reasoning += event.text;
      else if (event.type === "tool-call") ran.calls.push(event);
      else if (event.type === "finish") ran.finish = event;
    }
  } catch (error) {
    ran.error = error;
  }
  return ran;
}
