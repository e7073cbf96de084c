import { CreateAgent, UpdateAgent, type Agent, type EdgeLocation } from "@orrery/protocol";
import { FormDraft, type Problems } from "#lib/forms/form-draft.svelte.ts";
import { numberOf } from "#lib/forms/number-of.ts";
import { once } from "#lib/forms/once.ts";
import {
  policyFieldOf,
  policyFields,
  policyOf,
  policyValuesOf,
  type PolicyField,
  type PolicyValues,
} from "#lib/models/policy-values.ts";
import { messageFor } from "./field-messages.ts";

/** A label as it is typed. */
export interface Label {
  key: string;
  value: string;
}

/** What the form holds. Numbers are text while they are typed. */
interface Values {
  name: string;
  model: string;
  systemPrompt: string;
  promptTemplate: string;
  temperature: string;
  maxTokens: string;
  tools: string[];
  active: boolean;
  location: EdgeLocation;
  confidential: boolean;
  labels: Label[];
  capabilities: string[];
  policy: PolicyValues;
}

type OwnField = Exclude<keyof Values, "policy">;
export type Field = OwnField | PolicyField;

/** In the order in which they stand. */
const ownFields: readonly OwnField[] = [
  "name",
  "model",
  "systemPrompt",
  "tools",
  "temperature",
  "maxTokens",
  "active",
  "promptTemplate",
  "location",
  "confidential",
  "labels",
  "capabilities",
];

/** The form's field that shows what is wrong at a path of the request. */
function fieldOf(path: string): Field | undefined {
  const [head = "", ...rest] = path.split(".");
  if (head === "edgeLocations") return "location";
  if (head === "status") return "active";
  if (head === "modelPolicy") return policyFieldOf(rest.join("."));
  return ownFields.find((field) => field === head);
}

const empty: Values = {
  name: "",
  model: "offline/extract",
  systemPrompt: "",
  promptTemplate: "{{input}}",
  temperature: "0.7",
  maxTokens: "1024",
  tools: ["read_document", "search_documents", "current_time", "calculate"],
  active: true,
  location: "auto",
  confidential: false,
  labels: [],
  capabilities: [],
  policy: policyValuesOf({}),
};

/** The API takes lists that name something twice. */
const valuesOf = (agent: Agent): Values => ({
  name: agent.name,
  model: agent.model,
  systemPrompt: agent.systemPrompt ?? "",
  promptTemplate: agent.promptTemplate,
  temperature: String(agent.temperature),
  maxTokens: String(agent.maxTokens),
  tools: once(agent.tools),
  active: agent.status === "active",
  location: agent.edgeLocations[0] ?? "auto",
  confidential: agent.confidential,
  labels: Object.entries(agent.labels).map(([key, value]) => ({ key, value })),
  capabilities: once(agent.capabilities),
  policy: policyValuesOf(agent.modelPolicy),
});

/** An agent being made or changed. */
export class AgentDraft extends FormDraft<Field> {
  readonly values: Values;
  readonly #before: Values;
  readonly #schema: typeof CreateAgent | typeof UpdateAgent;

  /** @param agent the one to change; a new one is made without it */
  constructor(agent?: Agent) {
    super([...ownFields, ...policyFields]);
    this.#before = agent ? valuesOf(agent) : structuredClone(empty);
    this.values = $state(structuredClone(this.#before));
    this.#schema = agent ? UpdateAgent : CreateAgent;
  }

  readonly changed = $derived.by(() => JSON.stringify(this.values) !== JSON.stringify(this.#before));

  protected override wrong(): Problems<Field> {
    const problems: Problems<Field> = {};
    const request = this.#common();
    const result = this.#schema.safeParse(request);
    for (const issue of result.error?.issues ?? []) {
      const field = fieldOf(issue.path.join("."));
      if (field) problems[field] ??= messageFor(field, issue, request);
    }
    const names = this.#labels().map(({ key }) => key);
    if (new Set(names).size < names.length) problems.labels ??= "Two labels have the same name.";
    return problems;
  }

  protected override fieldOf(path: string): Field | undefined {
    return fieldOf(path);
  }

  /** The request that makes this agent. Call after {@link check}. */
  toCreate(): CreateAgent {
    const { systemPrompt, ...common } = this.#common();
    return {
      ...common,
      ...(systemPrompt && { systemPrompt }),
      edgeLocations: [this.values.location],
      ...(this.values.confidential && { confidential: true }),
    };
  }

  /** The request that changes what was changed. Call after {@link check}. */
  toUpdate(): UpdateAgent {
    const { systemPrompt, ...common } = this.#common();
    return {
      ...common,
      systemPrompt: systemPrompt ?? null,
      status: this.values.active ? "active" : "inactive",
    };
  }

  #common() {
    const { name, model, promptTemplate, temperature, maxTokens, tools } = this.values;
    const systemPrompt = this.values.systemPrompt.trim();
    return {
      name: name.trim(),
      model: model.trim(),
      promptTemplate,
      temperature: numberOf(temperature),
      maxTokens: numberOf(maxTokens),
      tools: [...tools],
      labels: Object.fromEntries(this.#labels().map(({ key, value }) => [key, value])),
      capabilities: [...this.values.capabilities],
      modelPolicy: policyOf(this.values.policy),
      ...(systemPrompt && { systemPrompt }),
    };
  }

  /** Labels that say anything. */
  #labels(): Label[] {
    return this.values.labels
      .map(({ key, value }) => ({ key: key.trim(), value: value.trim() }))
      .filter(({ key, value }) => key !== "" || value !== "");
  }
}
