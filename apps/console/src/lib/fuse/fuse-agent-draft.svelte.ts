import type { ApiError } from "@orrery/client";
import { CreateFuseAgent, type ConflictPolicy, type LegacyChannels } from "@orrery/protocol";

export type FuseAgentField =
  | "id"
  | "bridgeId"
  | "agentId"
  | "model"
  | "systemPrompt"
  | "capabilities"
  | "legacyChannels"
  | "conflicts"
  | "confidential";

/** In the order in which they stand. */
const fields: readonly FuseAgentField[] = [
  "id",
  "bridgeId",
  "agentId",
  "model",
  "systemPrompt",
  "capabilities",
  "legacyChannels",
  "conflicts",
  "confidential",
];

const messages: Partial<Record<FuseAgentField, string>> = {
  id: "Its name in the existing system: letters, digits and . @ _ -, at most 128.",
  bridgeId: "Choose the bridge.",
  agentId: "Choose the agent.",
  model: "A model's id, such as openai/gpt-5.",
  systemPrompt: "At most 100,000 characters.",
  capabilities: "At most 64 capabilities of up to 64 characters each.",
};

/** An agent of the existing system being made known here. */
export class FuseAgentDraft {
  id = $state("");
  bridgeId = $state("");
  /** Whether an agent that is there already does its work. */
  existing = $state(false);
  agentId = $state("");
  model = $state("auto");
  systemPrompt = $state("");
  capabilities = $state<string[]>([]);
  legacyChannels = $state<LegacyChannels>("shared");
  /** Of every field of the state. */
  conflicts = $state<ConflictPolicy>("object-wins");
  confidential = $state(false);
  /** What is wrong that belongs to no field. */
  general = $state("");
  #checked = $state(false);
  #refused = $state.raw<Partial<Record<FuseAgentField, string>>>({});

  readonly #wrong = $derived.by(() => {
    const problems: Partial<Record<FuseAgentField, string>> = {};
    for (const issue of CreateFuseAgent.safeParse(this.toCreate()).error?.issues ?? []) {
      const field = fields.find((name) => name === issue.path[0]);
      if (field) problems[field] ??= messages[field] ?? issue.message;
    }
    return problems;
  });

  readonly problems: Partial<Record<FuseAgentField, string>> = $derived.by(() => ({
    ...this.#refused,
    ...(this.#checked && this.#wrong),
  }));

  /** Forgets what the platform said: the form has been changed since. */
  edited(): void {
    this.#refused = {};
  }

  /** Checks all fields. Returns the first that is wrong. */
  check(): FuseAgentField | undefined {
    this.#checked = true;
    this.general = "";
    return fields.find((field) => this.#wrong[field]);
  }

  /** Takes over what the platform refused. Returns the first field concerned. */
  refuse(error: ApiError): FuseAgentField | undefined {
    const refused: Partial<Record<FuseAgentField, string>> = {};
    for (const { path, message } of error.errors) {
      const field = fields.find((name) => path === name || path.startsWith(`${name}.`));
      if (field) refused[field] ??= message;
    }
    this.#refused = refused;
    const first = fields.find((field) => refused[field]);
    if (first === undefined) this.general = error.errors[0]?.message ?? error.detail;
    return first;
  }

  /** The request that makes it known. Call after {@link check}. */
  toCreate(): CreateFuseAgent {
    const systemPrompt = this.systemPrompt.trim();
    return {
      id: this.id.trim(),
      bridgeId: this.bridgeId,
      capabilities: [...this.capabilities],
      legacyChannels: this.legacyChannels,
      conflicts: { "*": this.conflicts },
      ...(this.existing
        ? { agentId: this.agentId }
        : { model: this.model, confidential: this.confidential, ...(systemPrompt && { systemPrompt }) }),
    };
  }
}
