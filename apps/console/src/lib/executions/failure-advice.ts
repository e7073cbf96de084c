import type { ExecutionError } from "@orrery/protocol";

/** What to do about an execution that failed. */
export function failureAdvice({ code, retryable }: ExecutionError): string {
  const again = retryable ? "Trying again may work." : "";
  return [adviceOn(code, retryable), again].filter(Boolean).join(" ");
}

function adviceOn(code: ExecutionError["code"], retryable: boolean): string {
  switch (code) {
    case "upstream_failed":
      return retryable
        ? "The provider's status page may say more."
        : "Set the model up, or choose another one: the models page shows which are available.";
    case "upstream_timeout":
      return "The provider was too slow. A faster model may help.";
    case "rate_limited":
      return "The provider takes no more requests for now. Wait, or choose another model.";
    case "budget_exceeded":
      return "Raise the budget, or choose a cheaper model.";
    case "invalid_request":
      return "Check the agent's model, prompt template and tools.";
    case "internal":
      return "Orrery's log has the details, under this execution's id.";
    default:
      return "";
  }
}
