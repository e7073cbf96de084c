import { CreateFuseAgent, type ConflictPolicy, type LegacyChannels } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";

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
  id: "Enter its name in the existing system: letters, digits and . @ _ -, at most 128.",
  bridgeId: "Choose a bridge.",
  agentId: "Choose an agent.",
  model: "Enter a model's id, such as openai/gpt-5.",
  systemPrompt: "At most 100,000 characters.",
  capabilities: "At most 64 capabilities of up to 64 characters each.",
};

/** An agent of the existing system being made known here. */
export class FuseAgentDraft extends FormDraft<FuseAgentField> {
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
  readonly #before: string;

  /** @param bridgeId the one that is proposed */
  constructor(bridgeId = "") {
    super(fields);
    this.bridgeId = bridgeId;
    this.#before = JSON.stringify(this.toCreate());
  }

  readonly changed = $derived.by(() => JSON.stringify(this.toCreate()) !== this.#before);

  protected override wrong(): Problems<FuseAgentField> {
    const problems: Problems<FuseAgentField> = {};
    for (const issue of CreateFuseAgent.safeParse(this.toCreate()).error?.issues ?? []) {
      const field = fields.find((name) => name === issue.path[0]);
      if (field) problems[field] ??= messages[field] ?? issue.message;
    }
    return problems;
  }

  protected override fieldOf(path: string): FuseAgentField | undefined {
    return fields.find((name) => path === name || path.startsWith(`${name}.`));
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
