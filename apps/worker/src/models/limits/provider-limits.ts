/** Limits of providers' keys, which are shared by everyone who uses the platform. */
import { ModelLimits } from "@orrery/protocol";
import { z } from "zod";
import { isObject } from "../wire/json.ts";

const Entry = z.tuple([
  z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "a provider's name is lower-case letters, digits and hyphens"),
  ModelLimits.refine(
    (limits) => Object.keys(limits).length > 0,
    "expected requestsPerMinute, tokensPerMinute or both",
  ),
]);

export interface ProviderLimits {
  /** What the provider's key may be asked for; null where nothing limits it. */
  limitsFor(provider: string): ModelLimits | null;
  /** What is wrong with the variable, in one sentence. */
  problem: string | null;
}

/**
 * Reads `MODEL_LIMITS`: `{"<provider>": {"requestsPerMinute"?: …, "tokensPerMinute"?: …}}`. A mistake in one
 * entry leaves that provider without a limit and the others with theirs, so mistakes are told and not thrown.
 */
export function parseLimits(json: string | undefined): ProviderLimits {
  const limits = new Map<string, ModelLimits>();
  const limitsFor = (provider: string): ModelLimits | null => limits.get(provider) ?? null;
  if (json === undefined || json.trim() === "") return { limitsFor, problem: null };
  const entries = entriesOf(json);
  if (typeof entries === "string") return { limitsFor, problem: entries };
  let problem: string | null = null;
  for (const entry of entries) {
    const parsed = Entry.safeParse(entry);
    if (parsed.success) {
      limits.set(...parsed.data);
      continue;
    }
    const issue = parsed.error.issues[0];
    const where = [entry[0], ...(issue?.path.slice(1) ?? [])].join(".");
    problem ??= `MODEL_LIMITS is not valid at ${where}: ${issue?.message ?? "unexpected shape"}`;
  }
  return { limitsFor, problem };
}

function entriesOf(json: string): [string, unknown][] | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return "MODEL_LIMITS is not valid JSON";
  }
  return isObject(value) ? Object.entries(value) : "MODEL_LIMITS is not a JSON object of limits by provider";
}
