/**
 * The providers of AI Gateway: where a path under a provider's name leads.
 * Source: https://developers.cloudflare.com/ai-gateway/usage/providers/
 */
import type { AISettings } from "../../options.ts";

interface Provider {
  baseUrl: string;
  /** Path of its OpenAI-compatible endpoint, where it has one. */
  chat?: string;
  /** The header that carries a key, and what leads the key there. */
  credential: { header: string; prefix: string };
}

const bearer = { header: "authorization", prefix: "Bearer " };

const known: Record<string, Provider> = {
  openai: { baseUrl: "https://api.openai.com/v1", chat: "chat/completions", credential: bearer },
  anthropic: {
    baseUrl: "https://api.anthropic.com",
    chat: "v1/chat/completions",
    credential: { header: "x-api-key", prefix: "" },
  },
  "google-ai-studio": {
    baseUrl: "https://generativelanguage.googleapis.com",
    chat: "v1beta/openai/chat/completions",
    credential: { header: "x-goog-api-key", prefix: "" },
  },
  groq: { baseUrl: "https://api.groq.com/openai/v1", chat: "chat/completions", credential: bearer },
  mistral: { baseUrl: "https://api.mistral.ai", chat: "v1/chat/completions", credential: bearer },
  deepseek: { baseUrl: "https://api.deepseek.com", chat: "chat/completions", credential: bearer },
  openrouter: { baseUrl: "https://openrouter.ai/api", chat: "v1/chat/completions", credential: bearer },
  "perplexity-ai": { baseUrl: "https://api.perplexity.ai", chat: "chat/completions", credential: bearer },
  cerebras: { baseUrl: "https://api.cerebras.ai", chat: "v1/chat/completions", credential: bearer },
  grok: { baseUrl: "https://api.x.ai", chat: "v1/chat/completions", credential: bearer },
  cohere: {
    baseUrl: "https://api.cohere.com",
    chat: "compatibility/v1/chat/completions",
    credential: bearer,
  },
  huggingface: { baseUrl: "https://router.huggingface.co", chat: "v1/chat/completions", credential: bearer },
  replicate: { baseUrl: "https://api.replicate.com", credential: bearer },
  elevenlabs: { baseUrl: "https://api.elevenlabs.io", credential: { header: "xi-api-key", prefix: "" } },
  cartesia: { baseUrl: "https://api.cartesia.ai", credential: { header: "x-api-key", prefix: "" } },
};

/** Names that the catalog of models has for providers. */
const aliases: Record<string, string> = { google: "google-ai-studio", xai: "grok", "x-ai": "grok" };

export interface Destination {
  url: string;
  credential: Provider["credential"];
  /** Stored for the provider; used where the request brings none. */
  apiKey: string | null;
}

/** Null for a provider that neither the gateway nor the configuration knows. */
export function destinationOf(
  provider: string,
  endpoint: string,
  { providers }: Pick<AISettings, "providers">,
): Destination | null {
  const name = aliases[provider] ?? provider;
  const configured = providers[name];
  const builtIn = known[name];
  const baseUrl = (configured?.baseUrl ?? builtIn?.baseUrl)?.replace(/\/+$/, "");
  if (baseUrl === undefined) return null;
  let path = endpoint.replace(/^\/+/, "");
  // A base that ends with its version, and a path that begins with it: callers write both.
  const version = /\/(v\d+)$/.exec(baseUrl)?.[1];
  if (version !== undefined && path.startsWith(`${version}/`)) path = path.slice(version.length + 1);
  return {
    url: `${baseUrl}/${path}`,
    credential: builtIn?.credential ?? bearer,
    apiKey: configured?.apiKey ?? null,
  };
}

/** The endpoint that takes chat completions; null where the provider has none. */
export function chatEndpointOf(
  provider: string,
  { providers }: Pick<AISettings, "providers">,
): string | null {
  const name = aliases[provider] ?? provider;
  return known[name]?.chat ?? (providers[name] === undefined ? null : "chat/completions");
}
