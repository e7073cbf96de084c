/**
 * The gateway of models with its own Durable Objects, and nothing around it, so that what it adds to a call can be
 * told from what a platform adds to a turn. `POST /<way>` asks a model some times, one after the other.
 */
import { ObjectAnswerCache } from "../../apps/worker/src/models/cache/answer-cache.ts";
import { systemClock } from "../../apps/worker/src/models/clock.ts";
import { createGateway } from "../../apps/worker/src/models/index.ts";
import type { ModelGateway, ModelRequest, Provider } from "../../apps/worker/src/models/index.ts";
import { chatProvider } from "../../apps/worker/src/models/providers/openai-compatible/index.ts";
import { defaultTimeLimits } from "../../apps/worker/src/models/wire/watch.ts";

export {
  AccountObject,
  AnswerCacheObject,
  LimiterObject,
  StatisticsObject,
} from "../../apps/worker/src/models/index.ts";

interface BenchEnv extends Pick<Env, "ACCOUNTS" | "ANSWERS" | "LIMITERS" | "STATISTICS"> {
  /** Base URL of the mock model server. */
  readonly UPSTREAM: string;
}

/** What a request asks for. */
interface Asked {
  /** Of the mock model server; its name is the plan of its answers. */
  model: string;
  input: string;
  times: number;
}

/** Asks once; yields the answer's events, of which only text is looked at. */
type Ask = (asked: Asked) => AsyncIterable<{ type: string; text?: string }>;

/** Some of a conversation before the question: what a call reads is never a single line. */
const before: ModelRequest["messages"] = Array.from({ length: 10 }, (_, index) => ({
  role: index % 2 === 0 ? "user" : "assistant",
  content: `Message ${index}: ${"clockwork moves many bodies together, and each keeps its own time. ".repeat(3)}`,
}));

/** What both the gateway and the provider are given. */
const question = ({ input }: Asked) => ({
  system: "You explain clockwork to newcomers, briefly and without a word too many.",
  messages: [...before, { role: "user" as const, content: input }],
  tools: [],
  temperature: 0.7,
  maxTokens: 1_024,
  signal: new AbortController().signal,
});

/** As an agent asks, whose execution keeps the call's record; without `executionId` the gateway settles it. */
const request = (asked: Asked, policy: ModelRequest["policy"], executionId?: string): ModelRequest => ({
  ...question(asked),
  model: `mock/${asked.model}`,
  callId: crypto.randomUUID(),
  caller: {
    workspaceId: "bench",
    agentId: "bench-agent",
    location: "local",
    ...(executionId !== undefined && { executionId }),
  },
  policy,
  deadline: Date.now() + 60_000,
});

const exact: ModelRequest["policy"] = { cache: { mode: "exact", ttlSeconds: 3_600, threshold: 1 } };

const through =
  (gateway: ModelGateway, policy: ModelRequest["policy"], executionId?: string): Ask =>
  (asked) =>
    gateway.step(request(asked, policy, executionId));

const straight =
  (provider: Provider): Ask =>
  (asked) =>
    provider.stream({ ...question(asked), model: asked.model });

function waysOf({ UPSTREAM, ...env }: BenchEnv): ReadonlyMap<string, Ask> {
  const settings = { ...env, MODEL_SERVERS: JSON.stringify({ mock: { baseUrl: UPSTREAM } }) };
  const gateway = createGateway(settings);
  // Remembers nothing, so that every answer comes from the workspace's object.
  const forgetful = createGateway(settings, { cache: new ObjectAnswerCache(env, { recentBytes: 0 }) });
  const provider = chatProvider(
    { name: "mock", baseUrl: UPSTREAM, apiKey: undefined, keyVariable: "" },
    { fetch: (input, init) => fetch(input, init), clock: systemClock, limits: defaultTimeLimits },
  );
  return new Map([
    ["straight", straight(provider)],
    ["gateway", through(gateway, {}, "bench-execution")],
    ["settled", through(gateway, {})],
    ["remembered", through(gateway, exact, "bench-execution")],
    ["stored", through(forgetful, exact, "bench-execution")],
  ]);
}

let ways: ReadonlyMap<string, Ask> | null = null;

/** One server-sent event with the number of tokens that were read; each ends with a space. */
export default {
  async fetch(incoming, env) {
    if (incoming.method !== "POST") return new Response("ok");
    ways ??= waysOf(env);
    const ask = ways.get(new URL(incoming.url).pathname.slice(1));
    if (ask === undefined) return new Response("no such way", { status: 404 });
    const asked = await incoming.json<Asked>();
    let tokens = 0;
    for (let time = 0; time < asked.times; time++) {
      let text = "";
      for await (const event of ask(asked)) if (event.type === "text") text += event.text;
      tokens += text.split(" ").length - 1;
    }
    return new Response(`data: ${tokens}\n\n`, { headers: { "content-type": "text/event-stream" } });
  },
} satisfies ExportedHandler<BenchEnv>;
