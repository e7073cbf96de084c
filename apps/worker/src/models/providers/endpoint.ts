/**
 * Where a provider is reached: at its own address, at one of yours, or behind Cloudflare's AI Gateway, which
 * takes the same requests in the provider's own form.
 * Source: https://developers.cloudflare.com/ai-gateway/usage/providers/
 */
import { ModelError } from "../contract.ts";

/** What is used here of the `AI` binding: it knows the addresses of the account's gateways. */
export interface GatewayBinding {
  gateway(id: string): { getUrl(provider: string): Promise<string> };
}

export interface AIGatewaySettings {
  /** The gateway's own name. */
  id: string;
  accountId: string | undefined;
  /** For a gateway that asks for one. */
  token: string | undefined;
  /** Asked where there is no account id. */
  binding: GatewayBinding | undefined;
}

/** What AI Gateway calls each of our providers. */
const slugs = { openai: "openai", anthropic: "anthropic", google: "google-ai-studio" } as const;

/** Where a provider's requests go, and what they carry for it. */
export interface Endpoint {
  /** The address that a path is appended to, without a slash at its end. */
  base: string | (() => Promise<string>);
  headers: Record<string, string>;
  secrets: readonly string[];
  /** Why nothing can be sent there, and what to do about it; null where it can. */
  problem: string | null;
  /** Whether AI Gateway was asked for: then it can be told to pass its cache by. */
  gateway: boolean;
}

const trimmed = (address: string): string => address.replace(/\/+$/, "");

export const directTo = (address: string): Endpoint => ({
  base: trimmed(address),
  headers: {},
  secrets: [],
  problem: null,
  gateway: false,
});

/** At the address of one's own, else through AI Gateway, else at the provider's usual one. */
export function endpointOf(
  provider: keyof typeof slugs,
  addresses: { own: string | undefined; usual: string },
  gateway: AIGatewaySettings | undefined,
): Endpoint {
  if (addresses.own !== undefined || gateway === undefined) return directTo(addresses.own ?? addresses.usual);
  const { token } = gateway;
  return {
    base: gatewayBase(gateway, slugs[provider]),
    headers: token === undefined ? {} : { "cf-aig-authorization": `Bearer ${token}` },
    secrets: token === undefined ? [] : [token],
    problem:
      gateway.accountId === undefined && gateway.binding === undefined
        ? "AI_GATEWAY_ID needs CLOUDFLARE_ACCOUNT_ID beside it, or the AI binding"
        : null,
    gateway: true,
  };
}

function gatewayBase({ id, accountId, binding }: AIGatewaySettings, slug: string): Endpoint["base"] {
  if (accountId !== undefined) {
    const path = [accountId, id, slug].map(encodeURIComponent).join("/");
    return `https://gateway.ai.cloudflare.com/v1/${path}`;
  }
  // Words and no promise: one that another Durable Object waits for must not be waited for here.
  let known: string | undefined;
  return async () => {
    if (known !== undefined) return known;
    if (binding === undefined) throw addressUnknown(id);
    let address: string;
    try {
      address = await binding.gateway(id).getUrl(slug);
    } catch (cause) {
      throw addressUnknown(id, cause);
    }
    known = trimmed(address);
    return known;
  };
}

const addressUnknown = (id: string, cause?: unknown): ModelError =>
  new ModelError("upstream_failed", `the AI binding does not say where AI Gateway "${id}" is`, {
    retryable: true,
    cause,
  });

/** An address at an endpoint, made of its base as soon as that is known. */
export function addressAt({ base }: Endpoint, of: (base: string) => string): Endpoint["base"] {
  return typeof base === "string" ? of(base) : async () => of(await base());
}

/** Headers for one request there. */
export const endpointHeaders = (endpoint: Endpoint, noCache: boolean | undefined): Record<string, string> =>
  noCache === true && endpoint.gateway
    ? { ...endpoint.headers, "cf-aig-skip-cache": "true" }
    : endpoint.headers;
