/** What a gateway is made of. */
import type { FilterPolicy, ModelLimits, WorkspacePolicy } from "@orrery/protocol";
import type { Account, AccountTerms } from "../account/contract.ts";
import type { AnswerCache } from "../cache/contract.ts";
import type { Clock } from "../clock.ts";
import type { CallContext } from "../contract.ts";
import type { InputCheck, OutputFilter } from "../guardrails/contract.ts";
import type { Limiter } from "../limits/contract.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Router, Statistics } from "../routing/contract.ts";
import type { StatisticsSharing } from "../routing/sharing.ts";

export interface GatewayParts {
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  retry: RetryPolicy;
  router: Router;
  statistics: Statistics;
  /** Lets others know of the statistics now and then; absent where there are no others. */
  sharing: StatisticsSharing | null;
  account: Account;
  limiter: Limiter;
  /** What a provider allows for the key in use, where that is configured. */
  providerLimits(provider: string): ModelLimits | null;
  cache: AnswerCache;
  checkInput: InputCheck;
  /** Null where nothing is to be filtered. */
  outputFilter(policy: FilterPolicy): OutputFilter | null;
}

/** The workspace's terms, without a turn of the event loop where they are known. */
export async function termsOf(parts: GatewayParts, { caller }: CallContext): Promise<AccountTerms> {
  return await parts.account.terms(caller.workspaceId);
}

/** Limits that a call must pass, the narrowest first. */
export function bucketsFor(
  parts: GatewayParts,
  { caller, policy }: CallContext,
  workspacePolicy: WorkspacePolicy,
  provider: string,
): { bucket: string; limits: ModelLimits }[] {
  const agentLimits = policy.limits ?? workspacePolicy.agentLimits;
  const wanted = [
    caller.agentId !== undefined && { bucket: `agent:${caller.agentId}`, limits: agentLimits },
    { bucket: `workspace:${caller.workspaceId}`, limits: workspacePolicy.limits },
    { bucket: `provider:${provider}`, limits: parts.providerLimits(provider) ?? undefined },
  ];
  return wanted.flatMap((item) =>
    item !== false && item.limits !== undefined ? [{ bucket: item.bucket, limits: item.limits }] : [],
  );
}
