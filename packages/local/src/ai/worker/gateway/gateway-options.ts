/**
 * How a request goes through the gateway, by options of the binding or by headers.
 * Source: https://developers.cloudflare.com/ai-gateway/glossary/
 */
import * as z from "zod/mini";

const Metadata = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

export type Metadata = z.output<typeof Metadata>;

export interface GatewayOptions {
  skipCache: boolean;
  /** Seconds; 0 does not cache. */
  cacheTtl: number;
  cacheKey: string | null;
  metadata: Metadata | null;
  collectLog: boolean;
  eventId: string | null;
  /** Milliseconds until the first byte; 0 is without end. */
  requestTimeoutMs: number;
  maxAttempts: number;
  retryDelayMs: number;
  backoff: "constant" | "linear" | "exponential";
}

const Options = z.object({
  id: z.optional(z.string()),
  cacheKey: z.optional(z.string()),
  cacheTtl: z.optional(z.number().check(z.nonnegative())),
  skipCache: z.optional(z.boolean()),
  metadata: z.optional(Metadata),
  collectLog: z.optional(z.boolean()),
  eventId: z.optional(z.string()),
  requestTimeoutMs: z.optional(z.number().check(z.nonnegative())),
  retries: z.optional(
    z.object({
      maxAttempts: z.optional(z.int().check(z.minimum(1), z.maximum(5))),
      retryDelayMs: z.optional(z.number().check(z.nonnegative(), z.maximum(60_000))),
      backoff: z.optional(z.enum(["constant", "linear", "exponential"])),
    }),
  ),
});

const defaults: GatewayOptions = {
  skipCache: false,
  cacheTtl: 0,
  cacheKey: null,
  metadata: null,
  collectLog: true,
  eventId: null,
  requestTimeoutMs: 0,
  maxAttempts: 1,
  retryDelayMs: 1_000,
  backoff: "exponential",
};

/** The `gateway` option of `run`; what does not fit is left at its default, as the gateway does. */
export function optionsOf(input: unknown): { id: string; options: GatewayOptions } {
  const parsed = Options.safeParse(input);
  if (!parsed.success) return { id: "default", options: defaults };
  const { id = "default", retries, ...given } = parsed.data;
  return {
    id,
    options: {
      skipCache: given.skipCache ?? defaults.skipCache,
      cacheTtl: given.cacheTtl ?? defaults.cacheTtl,
      cacheKey: given.cacheKey ?? defaults.cacheKey,
      metadata: given.metadata ?? defaults.metadata,
      collectLog: given.collectLog ?? defaults.collectLog,
      eventId: given.eventId ?? defaults.eventId,
      requestTimeoutMs: given.requestTimeoutMs ?? defaults.requestTimeoutMs,
      maxAttempts: retries?.maxAttempts ?? defaults.maxAttempts,
      retryDelayMs: retries?.retryDelayMs ?? defaults.retryDelayMs,
      backoff: retries?.backoff ?? defaults.backoff,
    },
  };
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function countOf(text: string | null, otherwise: number, most: number): number {
  const number = text === null ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? Math.min(number, most) : otherwise;
}

const aYear = 31_536_000;

/** The headers of a request, over what is known already. */
export function withHeaders(headers: Headers, before: GatewayOptions = defaults): GatewayOptions {
  const of = (name: string): string | null => headers.get(`cf-aig-${name}`);
  const metadata = Metadata.safeParse(parsed(of("metadata")));
  const backoff = of("backoff");
  return {
    skipCache: of("skip-cache") === null ? before.skipCache : of("skip-cache") === "true",
    cacheTtl: countOf(of("cache-ttl"), before.cacheTtl, aYear),
    cacheKey: of("cache-key") ?? before.cacheKey,
    metadata: metadata.success ? metadata.data : before.metadata,
    collectLog: of("collect-log") === null ? before.collectLog : of("collect-log") !== "false",
    eventId: of("event-id") ?? before.eventId,
    requestTimeoutMs: countOf(of("request-timeout"), before.requestTimeoutMs, 3_600_000),
    maxAttempts: Math.max(1, Math.trunc(countOf(of("max-attempts"), before.maxAttempts, 5))),
    retryDelayMs: countOf(of("retry-delay"), before.retryDelayMs, 60_000),
    backoff:
      backoff === "constant" || backoff === "linear" || backoff === "exponential" ? backoff : before.backoff,
  };
}

/** Milliseconds to wait before attempt `next`, the second being 2. */
export function delayBefore(next: number, { backoff, retryDelayMs }: GatewayOptions): number {
  if (backoff === "constant") return retryDelayMs;
  if (backoff === "linear") return retryDelayMs * (next - 1);
  return retryDelayMs * 2 ** (next - 2);
}
