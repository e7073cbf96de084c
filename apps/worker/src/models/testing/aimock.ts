/** The wires that are tested against aimock, and the faults that each must bear. */
import { LLMock } from "@copilotkit/aimock";
import type { ModelError, Provider } from "../contract.ts";
import { anthropicProvider } from "../providers/anthropic/index.ts";
import { googleProvider } from "../providers/google/index.ts";
import { chatProvider } from "../providers/openai-compatible/index.ts";
import { openaiProvider } from "../providers/openai/index.ts";
import type { Transport } from "../wire/upstream.ts";
import { FaultyServer } from "./faulty-server.ts";

/** One form in which models are asked. `model`, `embedding` and `image` are the provider's own names. */
export interface Wire {
  name: string;
  provider: string;
  model: string;
  /** Null where the provider has none. */
  embedding: string | null;
  image: string | null;
}

export const wires: readonly Wire[] = [
  {
    name: "OpenAI",
    provider: "openai",
    model: "gpt-4o-mini",
    embedding: "text-embedding-3-small",
    image: "gpt-image-1",
  },
  { name: "Anthropic", provider: "anthropic", model: "claude-haiku-4-5", embedding: null, image: null },
  {
    name: "Gemini",
    provider: "google",
    model: "gemini-2.5-flash",
    embedding: "gemini-embedding-001",
    image: "gemini-2.5-flash-image",
  },
  {
    name: "an OpenAI-compatible server",
    provider: "lab",
    model: "some-model",
    embedding: "some-embedding",
    image: "some-painter",
  },
];

/** aimock, and before it a server that does what aimock cannot. Requests go to `url`. */
export class Upstream {
  readonly mock = new LLMock({ port: 0 });
  readonly server = new FaultyServer(() => this.mock.url);

  async start(): Promise<void> {
    await this.mock.start();
    await this.server.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.mock.stop();
  }

  /** As new: no fixtures, no fault, nothing counted. */
  reset(): void {
    this.mock.reset();
    this.mock.clearChaos();
    this.server.harm(null);
    this.server.requests = 0;
  }

  get url(): string {
    return this.server.url;
  }

  /** The gateway's variables for all wires. The keys are told from anything else, so that leaks show. */
  get variables() {
    return {
      OPENAI_API_KEY: "sk-openai-secret",
      OPENAI_BASE_URL: `${this.url}/v1`,
      ANTHROPIC_API_KEY: "sk-ant-secret",
      ANTHROPIC_BASE_URL: this.url,
      GOOGLE_API_KEY: "AIza-google-secret",
      GOOGLE_BASE_URL: this.url,
      MODEL_SERVERS: JSON.stringify({ lab: { baseUrl: `${this.url}/v1` } }),
    };
  }

  provider(wire: Wire, transport: Transport): Provider {
    const { variables } = this;
    switch (wire.provider) {
      case "openai":
        return openaiProvider(
          { apiKey: variables.OPENAI_API_KEY, baseUrl: variables.OPENAI_BASE_URL },
          transport,
        );
      case "anthropic":
        return anthropicProvider(
          { apiKey: variables.ANTHROPIC_API_KEY, baseUrl: variables.ANTHROPIC_BASE_URL },
          transport,
        );
      case "google":
        return googleProvider(
          { apiKey: variables.GOOGLE_API_KEY, baseUrl: variables.GOOGLE_BASE_URL },
          transport,
        );
      default:
        return chatProvider(
          { name: wire.provider, baseUrl: `${this.url}/v1`, apiKey: undefined, keyVariable: "MODEL_SERVERS" },
          transport,
        );
    }
  }
}

export interface Fault {
  name: string;
  /** Spoils every answer from now on; fixtures for the good answers are there already. */
  begin(upstream: Upstream): void;
  /** What each attempt ends with. */
  error: Partial<Pick<ModelError, "code" | "retryable" | "retryAfterMs">>;
  /** The upstream falls silent: wait for `upstream.server.stuck()`, then let time pass. */
  silent?: true;
  /** Only streams can suffer it. */
  streamed?: true;
}

/** An error in place of every answer, whatever is asked. */
const refusing =
  (status: number, message: string, more: { type?: string; retryAfter?: number } = {}) =>
  (upstream: Upstream): void => {
    const { retryAfter, type = "server_error" } = more;
    // aimock gives answers to an embedding or an image only where a fixture names them.
    for (const match of [{}, { endpoint: "embedding" }, { endpoint: "image" }] as const) {
      upstream.mock.prependFixture({
        match,
        response: { error: { message, type }, status, ...(retryAfter !== undefined && { retryAfter }) },
      });
    }
  };

const chaotic =
  (chaos: { malformedRate?: number; disconnectRate?: number; dropRate?: number }) =>
  (upstream: Upstream): void => {
    upstream.mock.setChaos(chaos);
  };

const failed = { code: "upstream_failed", retryable: true } as const;
const timedOut = { code: "upstream_timeout", retryable: true } as const;

/** All of them; for cuts at every event see {@link cuts}. */
export const faults: readonly Fault[] = [
  {
    name: "429 with Retry-After",
    begin: refusing(429, "slow down", { type: "rate_limit_error", retryAfter: 7 }),
    error: { code: "rate_limited", retryable: true, retryAfterMs: 7000 },
  },
  { name: "500", begin: refusing(500, "on fire"), error: failed },
  { name: "503", begin: refusing(503, "overloaded"), error: failed },
  {
    name: "400",
    begin: refusing(400, "the context is too long", { type: "invalid_request_error" }),
    error: { code: "upstream_failed", retryable: false },
  },
  {
    name: "401",
    begin: refusing(401, "no", { type: "authentication_error" }),
    error: { code: "upstream_failed", retryable: false },
  },
  { name: "a connection that breaks at once", begin: chaotic({ disconnectRate: 1 }), error: failed },
  { name: "malformed JSON in place of an answer", begin: chaotic({ malformedRate: 1 }), error: failed },
  {
    name: "malformed JSON within an answer",
    begin: ({ server }) => server.harm({ kind: "garble", event: 0 }),
    error: failed,
  },
  {
    name: "the wrong content type",
    begin: ({ server }) => server.harm({ kind: "mislabel", contentType: "text/html" }),
    error: failed,
  },
  {
    name: "no answer at all",
    begin: ({ server }) => server.harm({ kind: "silence" }),
    error: timedOut,
    silent: true,
  },
  {
    name: "headers, and then nothing",
    begin: ({ server }) => server.harm({ kind: "stall", afterEvents: 0 }),
    error: timedOut,
    silent: true,
  },
  {
    name: "silence in the middle of an answer",
    begin: ({ server }) => server.harm({ kind: "stall", afterEvents: 1 }),
    error: timedOut,
    silent: true,
  },
];

/**
 * A cut after each of `events` events but the last, once with a broken connection and once with a body that
 * ends as if it were whole.
 */
export const cuts = (events: number): Fault[] =>
  Array.from({ length: events - 1 }, (_, afterEvents) =>
    [true, false].map((cleanly): Fault => ({
      name: `a stream cut after ${afterEvents} of ${events} events, ${cleanly ? "cleanly" : "by the connection"}`,
      begin: ({ server }) => server.harm({ kind: "cut", afterEvents, cleanly }),
      error: failed,
      streamed: true,
    })),
  ).flat();
