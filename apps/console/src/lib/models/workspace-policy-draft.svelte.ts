import { WorkspacePolicy, type DataRegion, type FilterAction, type FilterClass } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";
import { policyMessage, policyOf, policyValuesOf } from "./policy-values.ts";

interface Limits {
  requestsPerMinute: string;
  tokensPerMinute: string;
}

/** What the form holds. Numbers are text while they are typed. */
interface Values {
  allowedModels: string;
  regions: DataRegion[];
  filter: Record<FilterClass, FilterAction>;
  /** Of all agents together. */
  together: Limits;
  /** Of each agent that has none of its own. */
  each: Limits;
}

/** The fields in which something can be wrong, in the order in which they stand. */
const fields = [
  "allowedModels",
  "regions",
  "filter",
  "together.requestsPerMinute",
  "together.tokensPerMinute",
  "each.requestsPerMinute",
  "each.tokensPerMinute",
] as const;
export type WorkspaceField = (typeof fields)[number];

const fieldOf = (path: string): WorkspaceField | undefined => {
  const named = path.replace(/^limits\b/, "together").replace(/^agentLimits\b/, "each");
  return fields.find((field) => named === field || named.startsWith(`${field}.`));
};

const messageFor = (field: WorkspaceField): string =>
  policyMessage(
    field.endsWith("requestsPerMinute")
      ? "requestsPerMinute"
      : field.endsWith("tokensPerMinute")
        ? "tokensPerMinute"
        : (field as "allowedModels" | "regions" | "filter"),
  );

/** What binds all agents of a workspace, being changed. */
export class WorkspacePolicyDraft extends FormDraft<WorkspaceField> {
  readonly values: Values;
  readonly #before: string;

  constructor({ limits, agentLimits, ...policy }: WorkspacePolicy) {
    super(fields);
    const { allowedModels, regions, filter, ...together } = policyValuesOf({
      ...policy,
      ...(limits && { limits }),
    });
    const each = policyValuesOf(agentLimits ? { limits: agentLimits } : {});
    this.values = $state({
      allowedModels,
      regions,
      filter,
      together: limitsOf(together),
      each: limitsOf(each),
    });
    this.#before = JSON.stringify(this.values);
  }

  readonly changed = $derived.by(() => JSON.stringify(this.values) !== this.#before);

  protected override wrong(): Problems<WorkspaceField> {
    const problems: Problems<WorkspaceField> = {};
    for (const { path } of WorkspacePolicy.safeParse(this.toPolicy()).error?.issues ?? []) {
      const field = fieldOf(path.join("."));
      if (field) problems[field] ??= messageFor(field);
    }
    return problems;
  }

  protected override fieldOf(path: string): WorkspaceField | undefined {
    return fieldOf(path);
  }

  /** The policy that the form says. Call after {@link check}. */
  toPolicy(): WorkspacePolicy {
    const { together, each, ...values } = this.values;
    const { allowedModels, regions, filter, limits } = policyOf({
      ...policyValuesOf({}),
      ...values,
      ...together,
    });
    const { limits: agentLimits } = policyOf({ ...policyValuesOf({}), ...each });
    return {
      ...(allowedModels && { allowedModels }),
      ...(regions && { regions }),
      ...(filter && { filter }),
      ...(limits && { limits }),
      ...(agentLimits && { agentLimits }),
    };
  }
}

const limitsOf = ({ requestsPerMinute, tokensPerMinute }: Limits): Limits => ({
  requestsPerMinute,
  tokensPerMinute,
});
