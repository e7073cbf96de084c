import type { CacheQuestion } from "./contract.ts";

/**
 * Whether an answer may be kept and given again. Never where the agent did not ask for it or the caller forbade
 * it, and never with a tool at hand that acts: an answer that was given again would act again, or not at all.
 */
export function cacheable({ request, policy }: Pick<CacheQuestion, "request" | "policy">): boolean {
  return (
    policy.mode !== "off" && request.noCache !== true && request.tools.every((tool) => tool.effect === "read")
  );
}
