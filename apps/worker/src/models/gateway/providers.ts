/** The providers of an environment. */
import type { Provider } from "../contract.ts";
import { anthropicProvider } from "../providers/anthropic/index.ts";
import type { AIGatewaySettings } from "../providers/endpoint.ts";
import { googleProvider } from "../providers/google/index.ts";
import { offlineProvider } from "../providers/offline/index.ts";
import { chatProvider } from "../providers/openai-compatible/index.ts";
import { openaiProvider } from "../providers/openai/index.ts";
import { workersAIProvider, type WorkersAI } from "../providers/workers-ai/index.ts";
import type { ModelServers } from "../servers.ts";
import type { Transport } from "../wire/upstream.ts";

/** What providers need of the platform's `Env`. An empty variable counts as absent. */
export interface ProvidersEnv {
  readonly OPENAI_API_KEY?: string;
  readonly OPENAI_BASE_URL?: string;
  readonly ANTHROPIC_API_KEY?: string;
  readonly ANTHROPIC_BASE_URL?: string;
  readonly GOOGLE_API_KEY?: string;
  readonly GOOGLE_BASE_URL?: string;
  /** Calls to OpenAI, Anthropic, Google and Workers AI go through this AI Gateway. */
  readonly AI_GATEWAY_ID?: string;
  readonly AI_GATEWAY_TOKEN?: string;
  readonly CLOUDFLARE_ACCOUNT_ID?: string;
  readonly AI?: object;
  /** `local` or `offline`: the launcher's word that the binding is a stand-in, and that no server answers there. */
  readonly WORKERS_AI?: string;
}

const given = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" ? undefined : value.trim();

function aiGateway(env: ProvidersEnv): AIGatewaySettings | undefined {
  const id = given(env.AI_GATEWAY_ID);
  if (id === undefined) return undefined;
  return {
    id,
    accountId: given(env.CLOUDFLARE_ACCOUNT_ID),
    token: given(env.AI_GATEWAY_TOKEN),
    binding: env.AI as AIGatewaySettings["binding"], // the binding's own type is far wider than what is used of it
  };
}

/** Whether something else than Cloudflare answers in the name of Workers AI's models. */
export const isStandIn = ({ WORKERS_AI }: Pick<ProvidersEnv, "WORKERS_AI">): boolean =>
  ["local", "offline"].includes(given(WORKERS_AI) ?? "");

export function providersOf(env: ProvidersEnv, servers: ModelServers, transport: Transport): Provider[] {
  const gateway = aiGateway(env);
  const settings = (apiKey: string | undefined, baseUrl: string | undefined) => ({
    apiKey: given(apiKey),
    baseUrl: given(baseUrl),
    gateway,
  });
  return [
    openaiProvider(settings(env.OPENAI_API_KEY, env.OPENAI_BASE_URL), transport),
    anthropicProvider(settings(env.ANTHROPIC_API_KEY, env.ANTHROPIC_BASE_URL), transport),
    googleProvider(settings(env.GOOGLE_API_KEY, env.GOOGLE_BASE_URL), transport),
    // The binding's own type knows every model's inputs by name; models come and go faster than it.
    workersAIProvider(
      env.AI as WorkersAI | undefined,
      transport,
      gateway?.id,
      given(env.WORKERS_AI) === "offline",
    ),
    ...Array.from(servers.servers, ([name, { baseUrl, apiKey }]) =>
      chatProvider(
        { name, baseUrl, apiKey, keyVariable: `the apiKey of "${name}" in MODEL_SERVERS` },
        transport,
      ),
    ),
    offlineProvider(),
  ];
}
