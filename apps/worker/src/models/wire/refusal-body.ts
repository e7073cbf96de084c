/** What an upstream says in the body of a refusal, from the shapes in which servers say it. */
import { at, listAt, textAt, wordsAt } from "./json.ts";

export interface RefusalBody {
  /** The upstream's own sentence; empty where there is none. */
  message: string;
  /** Milliseconds until the request may be made again, where the body says so. */
  retryAfterMs: number | undefined;
  /** The account has run out: waiting does not help. */
  spent: boolean;
}

/** Entries of a list in a refusal that are looked at. */
const entries = 16;

/** Codes and types by which upstreams say that an account has run out. */
export const spentKind = /\b(?:insufficient_quota|billing_hard_limit_reached|billing_error)\b/;

/** @param body as it came: JSON, text, or a page of HTML */
export function readRefusal(body: string): RefusalBody {
  const root = parsed(body);
  const error = errorIn(root);
  // A page of HTML explains nothing to whoever reads an error.
  const message = root === undefined ? (/^\s*</.test(body) ? "" : body) : messageIn(root, error);
  const details = listAt(error, "details").slice(0, entries);
  const retryAfterMs = retryDelayMs(details);
  // Google says the same of a minute's limit as of a day's; other servers only of an account without credit.
  const overQuota = message.includes("exceeded your current quota");
  return {
    message,
    retryAfterMs,
    spent:
      spentKind.test(wordsAt(error, ["code", "type"])) ||
      message.includes("credit balance") ||
      (overQuota && (retryAfterMs === undefined || namesDay(details))),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** AI Gateway's own failures come in a list under `error`, Gemini's as the one entry of a list. */
function errorIn(parsedBody: unknown): unknown {
  const error = at(rootOf(parsedBody), "error");
  return at(error, 0) ?? error;
}

const rootOf = (parsedBody: unknown): unknown => (Array.isArray(parsedBody) ? at(parsedBody, 0) : parsedBody);

function messageIn(parsedBody: unknown, error: unknown): string {
  if (typeof error === "string") return error;
  const root = rootOf(parsedBody);
  return (
    textAt(error, "message") ??
    textAt(at(at(root, "errors"), 0), "message") ??
    textAt(root, "message") ??
    textAt(root, "detail") ??
    textAt(root, "description") ??
    ""
  );
}

/**
 * A `google.rpc.RetryInfo` says it in seconds: `26s`, `0.5s`.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
function retryDelayMs(details: readonly unknown[]): number | undefined {
  for (const detail of details) {
    const [, seconds] = /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(textAt(detail, "retryDelay") ?? "") ?? [];
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

/** Whether a `google.rpc.QuotaFailure` among the details names a quota of a day. */
const namesDay = (details: readonly unknown[]): boolean =>
  details.some((detail) =>
    listAt(detail, "violations")
      .slice(0, entries)
      .some((violation) => textAt(violation, "quotaId")?.includes("PerDay") === true),
  );
