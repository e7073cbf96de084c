/** Asking a provider directly, without the gateway. */
import type { ModelTool, Provider, ProviderEvent, ProviderRequest } from "../contract.ts";
import type { Transport } from "../wire/upstream.ts";
import type { ManualClock } from "./manual-clock.ts";

/** The time limits that tests let pass, in milliseconds. */
export const limits = { firstByteMs: 120_000, idleMs: 60_000 };

export const transportOf = (clock: ManualClock): Transport => ({ fetch, clock, limits });

export const weather: ModelTool = {
  name: "get_weather",
  description: "The weather of a city.",
  inputSchema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  effect: "read",
};

export const asking = (
  model: string,
  input: string,
  more: Partial<ProviderRequest> = {},
): ProviderRequest => ({
  model,
  messages: [{ role: "user", content: input }],
  tools: [],
  temperature: 0.5,
  maxTokens: 256,
  signal: new AbortController().signal,
  ...more,
});

export interface Answered {
  text: string;
  reasoning: string;
  calls: Extract<ProviderEvent, { type: "tool-call" }>[];
  finish: Extract<ProviderEvent, { type: "finish" }> | undefined;
  events: ProviderEvent[];
  error: unknown;
}

/** Asks and reads to the end, whatever the end is. */
export async function answerOf(provider: Provider, request: ProviderRequest): Promise<Answered> {
  const answered: Answered = {
    text: "",
    reasoning: "",
    calls: [],
    finish: undefined,
    events: [],
    error: undefined,
  };
  try {
    for await (const event of provider.stream(request)) {
      answered.events.push(event);
      if (event.type === "text") answered.text += event.text;
      else if (event.type === "reasoning") answered.reasoning += event.text;
      else if (event.type === "tool-call") answered.calls.push(event);
      else if (event.type === "finish") answered.finish = event;
    }
  } catch (error) {
    answered.error = error;
  }
  return answered;
}

/** What a promise rejects with; undefined where it does not. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
