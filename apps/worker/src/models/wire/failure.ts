/** From an upstream's refusal to the one error that the platform knows. */
import { ModelError } from "../contract.ts";
import { readRefusal, spentKind } from "./refusal-body.ts";

export interface Refusal {
  provider: string;
  keyVariable: string;
  status: number;
  /** The header as it came. */
  retryAfter: string | null;
  /** The body as it came; it may be JSON, text, or a page of HTML. */
  body: string;
  secrets: readonly string[];
  /** Epoch milliseconds. */
  now: number;
}

/** Characters of an upstream's own words that an error repeats. */
const longestMessage = 400;

/**
 * `text` without the given secrets and without anything that looks like a key, and not longer than an
 * error message should be. Upstreams do repeat keys in their errors.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, "[key]");
  }
  clean = clean
    .replace(/\b(?:sk|pk|rk|gsk|xai|hf)[-_][\w*.-]{6,}/g, "[key]")
    .replace(/\bAIza[\w-]{10,}/g, "[key]")
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, "$1 [key]")
    .replace(/([?&](?:key|token|api_key)=)[^&\s"']+/gi, "$1[key]")
    .replace(/\s+/g, " ")
    .trim();
  return clean.length > longestMessage ? `${clean.slice(0, longestMessage)}…` : clean;
}

/**
 * Milliseconds until a `Retry-After` (seconds, or an HTTP date; RFC 9110 §10.2.3), or undefined where
 * there is none that can be understood.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const value = header.trim();
  if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const outOfQuota = (provider: string, saying: string): ModelError =>
  new ModelError("rate_limited", `${provider} says this account is out of quota${saying}`, {
    retryable: false,
  });

const limited = (provider: string, saying: string, wait: { retryAfterMs?: number } = {}): ModelError =>
  new ModelError("rate_limited", `${provider} is limiting our requests${saying}`, {
    retryable: true,
    ...wait,
  });

/** What an answer with a status other than 2xx means for the step. */
export function failureOf(refusal: Refusal): ModelError {
  const { provider, status, body } = refusal;
  const said = readRefusal(body);
  const words = redact(said.message, refusal.secrets);
  const saying = words === "" ? "" : `: ${words}`;
  const after = retryAfterMs(refusal.retryAfter, refusal.now) ?? said.retryAfterMs;
  const wait = after === undefined ? {} : { retryAfterMs: after };

  if (status === 429) return said.spent ? outOfQuota(provider, saying) : limited(provider, saying, wait);
  // Google says 400 for a key that it does not know.
  if (status === 401 || status === 403 || body.includes("API_KEY_INVALID")) {
    const why = status === 403 ? saying : "";
    return new ModelError(
      "upstream_failed",
      `the key for ${provider} was refused: check ${refusal.keyVariable}${why}`,
      { retryable: false },
    );
  }
  if (status === 408 || status === 425 || status >= 500) {
    return new ModelError("upstream_failed", `${provider} failed with status ${status}${saying}`, {
      retryable: true,
      ...wait,
    });
  }
  if (status >= 300 && status < 400) {
    return new ModelError("upstream_failed", `${provider} redirected the request: check the base URL`, {
      retryable: false,
    });
  }
  return new ModelError("upstream_failed", `${provider} refused the request (${status})${saying}`, {
    retryable: false,
  });
}

/**
 * What an error inside a stream means, or thrown by a binding: `kind` is the upstream's type or code.
 * Without a status, words must do: overload and limits pass, everything else about the request does not.
 */
export function failureInStream(
  provider: string,
  kind: string,
  message: string,
  secrets: readonly string[] = [],
): ModelError {
  const words = redact(message, secrets);
  const saying = words === "" ? "" : `: ${words}`;
  const spent = spentKind.test(kind);
  if (spent || /rate.?limit|too.?many|resource_exhausted|429|capacity/i.test(kind)) {
    return spent ? outOfQuota(provider, saying) : limited(provider, saying);
  }
  const ours = /invalid|not.?found|permission|authentication|unsupported|context_length|4\d\d/i.test(kind);
  return new ModelError("upstream_failed", `${provider} failed${saying}`, { retryable: !ours });
}
