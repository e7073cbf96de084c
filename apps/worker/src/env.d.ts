/**
 * Everything the platform is given from outside. Bindings come from `wrangler.jsonc`; variables and
 * secrets from the launcher on one machine, from `wrangler secret put` and `vars` on Cloudflare.
 * `docs/configuration.md` explains each.
 */
interface Env {
  readonly AGENTS: DurableObjectNamespace<import("./agents/index.ts").AgentObject>;
  readonly FLEETS: DurableObjectNamespace<import("./channels/index.ts").FleetObject>;
  readonly STATISTICS: DurableObjectNamespace<import("./models/index.ts").StatisticsObject>;
  readonly LIMITERS: DurableObjectNamespace<import("./models/index.ts").LimiterObject>;
  readonly ACCOUNTS: DurableObjectNamespace<import("./models/index.ts").AccountObject>;
  readonly ANSWERS: DurableObjectNamespace<import("./models/index.ts").AnswerCacheObject>;
  readonly KEYRINGS: DurableObjectNamespace<import("./security/index.ts").KeyRingObject>;
  readonly BRIDGES: DurableObjectNamespace<import("./channels/index.ts").RedisBridgeObject>;
  readonly FUSE_AGENTS: DurableObjectNamespace<import("./applications/index.ts").NewFuseAgent>;
  readonly DB: D1Database;
  readonly FILES: R2Bucket;
  readonly ASSETS: Fetcher;
  /** What models are asked through, on one machine; where absent, the runtime's own `fetch`. */
  readonly MODEL_NETWORK?: Fetcher;
  /** Fetches from the public internet alone, on one machine. Elsewhere no other network is in reach. */
  readonly PUBLIC_NETWORK?: Fetcher;
  /** Reaches all but link-local networks, on one machine: what bridges are connected through. */
  readonly BRIDGE_NETWORK?: Fetcher;
  /** Absent where nothing serves Workers AI. */
  readonly AI?: Ai;

  /** Base64url, at least 32 bytes: signs and verifies HS256 tokens and WebSocket tickets. */
  readonly SIGNING_KEY?: string;
  /** `<id>:<base64url of 32 bytes>[,<id>:<an older one>…]`: the first wraps the keys of workspaces, all of them unwrap. */
  readonly KEY_ENCRYPTION_KEY?: string;
  /** JSON Web Key Set (its URL) for EdDSA and RS256 tokens of an identity provider. */
  readonly JWKS_URL?: string;
  /** Expected `iss` and `aud` of tokens; `orrery` where not set. */
  readonly JWT_ISSUER?: string;
  readonly JWT_AUDIENCE?: string;
  /** Cloudflare Access: `<team>.cloudflareaccess.com` and the application's audience tag. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  readonly ACCESS_AUDIENCE?: string;
  /** Workspace and scopes (space-separated) of whom Access lets in; `default`, and all but `admin`. */
  readonly ACCESS_WORKSPACE?: string;
  readonly ACCESS_SCOPES?: string;
  /** The header that says a caller's address, set by whoever stands in front and by nobody else. */
  readonly CLIENT_ADDRESS_HEADER?: string;
  /** Comma-separated origins that browsers may call from; same origin always may. */
  readonly CORS_ORIGINS?: string;
  /** Requests a minute for one identity; 0 turns the limit off. Default 6000. */
  readonly RATE_LIMIT_PER_MINUTE?: string;
  /** Hosts that bridges may reach: names, addresses, subnets, `public`, `private`, `loopback`. Default `public`. */
  readonly BRIDGE_HOSTS?: string;
  /** `debug`, `info` (default), `warn`, `error` or `silent`. */
  readonly LOG_LEVEL?: string;
  /** Milliseconds without a call after which an agent's object leaves memory; not set, the runtime decides. */
  readonly AGENT_REST_MS?: string;

  readonly OPENAI_API_KEY?: string;
  readonly OPENAI_BASE_URL?: string;
  readonly ANTHROPIC_API_KEY?: string;
  readonly ANTHROPIC_BASE_URL?: string;
  readonly GOOGLE_API_KEY?: string;
  readonly GOOGLE_BASE_URL?: string;
  /** Cloudflare's AI Gateway by its name: calls to OpenAI, Anthropic, Google and Workers AI go through it. */
  readonly AI_GATEWAY_ID?: string;
  /** Of a gateway that asks for one. */
  readonly AI_GATEWAY_TOKEN?: string;
  /** The account of the gateway; the `AI` binding is asked where not set. */
  readonly CLOUDFLARE_ACCOUNT_ID?: string;
  /** What answers as Workers AI on one machine, said by the launcher: `local` (a model server) or `offline`. */
  readonly WORKERS_AI?: string;
  /** JSON: `{"<name>": {"baseUrl": "http://…/v1", "apiKey"?: "…", "models"?: ["…"]}}`, OpenAI-compatible servers. */
  readonly MODEL_SERVERS?: string;
  /** JSON: `{"<provider>/<model>": {…}}`, what the catalog of models is to say instead, or of others. */
  readonly MODEL_CATALOG?: string;
  /** JSON: `{"<provider>": {"requestsPerMinute"?: …, "tokensPerMinute"?: …}}`, limits of providers' keys. */
  readonly MODEL_LIMITS?: string;
  /** A classifier that is asked whether an input may be sent to a model; its bearer token. */
  readonly INPUT_CHECK_URL?: string;
  readonly INPUT_CHECK_TOKEN?: string;
  /** `refuse` (default) or `allow`: what happens to inputs while the classifier cannot say. */
  readonly INPUT_CHECK_ON_FAILURE?: string;
  /** JSON: tools that are HTTP endpoints of your own. */
  readonly HTTP_TOOLS?: string;
}
