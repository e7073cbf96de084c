import {
  FilterClass,
  type DataRegion,
  type FilterAction,
  type FilterPolicy,
  type ModelPolicy,
} from "@orrery/protocol";
import { numberOf } from "#lib/forms/number-of.ts";
import { once } from "#lib/forms/once.ts";

export type CacheMode = "off" | "exact" | "semantic";
export type TimeUnit = "seconds" | "minutes" | "hours" | "days";

const unitSeconds: Record<TimeUnit, number> = { days: 86_400, hours: 3_600, minutes: 60, seconds: 1 };

/** What a form holds of a model policy. Numbers are text while they are typed. */
export interface PolicyValues {
  fallbacks: string[];
  /** Ids, or beginnings followed by `*`, one a line. */
  allowedModels: string;
  /** Empty for all. */
  regions: DataRegion[];
  exploration: boolean;
  hedging: boolean;
  cacheMode: CacheMode;
  cacheTtl: string;
  cacheUnit: TimeUnit;
  cacheThreshold: string;
  filter: Record<FilterClass, FilterAction>;
  requestsPerMinute: string;
  tokensPerMinute: string;
  /** Set over the API; kept as they are. */
  providerOptions: ModelPolicy["providerOptions"];
}

/** The fields in which something can be wrong, in the order in which they stand. */
export const policyFields = [
  "fallbacks",
  "cacheTtl",
  "cacheThreshold",
  "filter",
  "allowedModels",
  "regions",
  "requestsPerMinute",
  "tokensPerMinute",
  "providerOptions",
] as const;
export type PolicyField = (typeof policyFields)[number];

const messages: Record<PolicyField, string> = {
  fallbacks: "At most 8 models, each by its id or a routing name.",
  cacheTtl: "A time from 1 second to 30 days.",
  cacheThreshold: "A number from 0.5 to 1.",
  filter: "Choose an action for each.",
  allowedModels: "One per line: a model's id, or a prefix such as openai/*.",
  regions: "Choose the regions.",
  requestsPerMinute: "A whole number from 1 to 1,000,000. Leave empty for no limit.",
  tokensPerMinute: "A whole number from 1 to 1,000,000,000. Leave empty for no limit.",
  providerOptions:
    "A provider option is not allowed, or they are larger than 16 KB: change them through the API.",
};

export const policyMessage = (field: PolicyField): string => messages[field];

/** The field that shows what is wrong at a path inside a policy. */
export function policyFieldOf(path: string): PolicyField | undefined {
  const [head, next] = path.split(".");
  if (head === "cache") return next === "threshold" ? "cacheThreshold" : "cacheTtl";
  if (head === "limits") return next === "tokensPerMinute" ? "tokensPerMinute" : "requestsPerMinute";
  return policyFields.find((field) => field === head);
}

export function policyValuesOf(policy: ModelPolicy): PolicyValues {
  const ttl = policy.cache?.ttlSeconds ?? unitSeconds.days;
  const cacheUnit =
    (Object.keys(unitSeconds) as TimeUnit[]).find((unit) => ttl % unitSeconds[unit] === 0) ?? "seconds";
  return {
    fallbacks: once(policy.fallbacks ?? []),
    allowedModels: (policy.allowedModels ?? []).join("\n"),
    regions: [...(policy.regions ?? [])],
    exploration: policy.exploration ?? true,
    hedging: policy.hedging ?? false,
    cacheMode: policy.cache?.mode ?? "off",
    cacheTtl: String(ttl / unitSeconds[cacheUnit]),
    cacheUnit,
    cacheThreshold: String(policy.cache?.threshold ?? 0.95),
    filter: filterValuesOf(policy.filter),
    requestsPerMinute: String(policy.limits?.requestsPerMinute ?? ""),
    tokensPerMinute: String(policy.limits?.tokensPerMinute ?? ""),
    providerOptions: policy.providerOptions,
  };
}

function filterValuesOf(filter: FilterPolicy | undefined): PolicyValues["filter"] {
  const {
    secret = "off",
    email = "off",
    phone = "off",
    card = "off",
    iban = "off",
    ssn = "off",
  } = filter ?? {};
  return { secret, email, phone, card, iban, ssn };
}

/** The policy that a form says; what is as it is anyway is left out, and what is no number is `NaN`. */
export function policyOf(values: PolicyValues): ModelPolicy {
  const allowed = values.allowedModels.split(/[\s,]+/).filter(Boolean);
  const filtered = FilterClass.options.filter((kind) => values.filter[kind] !== "off");
  const requests = values.requestsPerMinute.trim();
  const tokens = values.tokensPerMinute.trim();
  return {
    ...(values.fallbacks.length > 0 && { fallbacks: [...values.fallbacks] }),
    ...(allowed.length > 0 && { allowedModels: allowed }),
    ...(values.regions.length > 0 && { regions: [...values.regions] }),
    ...(!values.exploration && { exploration: false }),
    ...(values.hedging && { hedging: true }),
    ...(values.cacheMode !== "off" && {
      cache: {
        mode: values.cacheMode,
        ttlSeconds: numberOf(values.cacheTtl) * unitSeconds[values.cacheUnit],
        threshold: values.cacheMode === "semantic" ? numberOf(values.cacheThreshold) : 0.95,
      },
    }),
    ...(filtered.length > 0 && {
      filter: Object.fromEntries(filtered.map((kind) => [kind, values.filter[kind]])),
    }),
    ...((requests || tokens) && {
      limits: {
        ...(requests && { requestsPerMinute: numberOf(requests) }),
        ...(tokens && { tokensPerMinute: numberOf(tokens) }),
      },
    }),
    ...(values.providerOptions && { providerOptions: values.providerOptions }),
  };
}

/** What a policy asks for, in a few words; empty where it asks for nothing. */
export function policySummary(values: PolicyValues): string {
  const filtered = FilterClass.options.filter((kind) => values.filter[kind] !== "off").length;
  const said = [
    values.fallbacks.length > 0 &&
      `${values.fallbacks.length} fallback${values.fallbacks.length > 1 ? "s" : ""}`,
    values.cacheMode !== "off" && `${values.cacheMode} cache`,
    filtered > 0 && "output filter",
    values.regions.length > 0 && "regions",
    values.allowedModels.trim() !== "" && "allowed models",
    (values.requestsPerMinute || values.tokensPerMinute) && "limits",
    values.hedging && "hedging",
    !values.exploration && "no exploration",
    values.providerOptions && "provider options",
  ].filter((part) => typeof part === "string" && part !== "");
  return said.join(", ");
}
