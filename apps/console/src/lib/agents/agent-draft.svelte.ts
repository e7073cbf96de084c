import type { ApiError } from "@orrery/client";
import { CreateAgent, UpdateAgent, type Agent, type EdgeLocation } from "@orrery/protocol";
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
const fields: readonly Field[] = [...ownFields, ...policyFields];

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

const valuesOf = (agent: Agent): Values => ({
  name: agent.name,
  model: agent.model,
  systemPrompt: agent.systemPrompt ?? "",
  promptTemplate: agent.promptTemplate,
  temperature: String(agent.temperature),
  maxTokens: String(agent.maxTokens),
  tools: [...agent.tools],
  active: agent.status === "active",
  location: agent.edgeLocations[0] ?? "auto",
  confidential: agent.confidential,
  labels: Object.entries(agent.labels).map(([key, value]) => ({ key, value })),
  capabilities: [...agent.capabilities],
  policy: policyValuesOf(agent.modelPolicy),
});

/** Text of a number field; `NaN` where it is none, which every schema of numbers refuses. */
const numberOf = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

/**
 * An agent being made or changed: the form's values, and what is wrong with them. A field's problem
 * shows once it has been left or the form was sent, and goes as soon as it is put right.
 */
export class AgentDraft {
  readonly values: Values;
  /** What the platform said about fields, until they are changed. */
  #refused = $state.raw<Partial<Record<Field, string>>>({});
  #touched = $state.raw<ReadonlySet<Field>>(new Set());
  /** What is wrong that belongs to no field. */
  general = $state("");
  readonly #before: Values;
  readonly #schema: typeof CreateAgent | typeof UpdateAgent;

  /** @param agent the one to change; a new one is made without it */
  constructor(agent?: Agent) {
    this.#before = agent ? valuesOf(agent) : structuredClone(empty);
    this.values = $state(structuredClone(this.#before));
    this.#schema = agent ? UpdateAgent : CreateAgent;
  }

  readonly #invalid = $derived.by(() => {
    const problems: Partial<Record<Field, string>> = {};
    const result = this.#schema.safeParse(this.#common());
    for (const issue of result.error?.issues ?? []) {
      const field = fieldOf(issue.path.join("."));
      if (field) problems[field] ??= messageFor(field, issue);
    }
    const names = this.#labels().map(({ key }) => key);
    if (new Set(names).size < names.length) problems.labels ??= "Two labels have the same name.";
    return problems;
  });

  /** What to show beside each field. */
  readonly problems: Partial<Record<Field, string>> = $derived.by(() => {
    const shown: Partial<Record<Field, string>> = { ...this.#refused };
    for (const field of this.#touched) {
      const problem = this.#invalid[field];
      if (problem) shown[field] = problem;
    }
    return shown;
  });

  readonly changed = $derived.by(() => JSON.stringify(this.values) !== JSON.stringify(this.#before));

  touch(field: Field): void {
    this.#touched = new Set(this.#touched).add(field);
  }

  /** Forgets what the platform said about a field: it has been changed since. */
  edited(field: Field): void {
    if (!(field in this.#refused)) return;
    const { [field]: _, ...rest } = this.#refused;
    this.#refused = rest;
  }

  /** Checks all fields. Returns the first that is wrong, in the order they stand. */
  check(): Field | undefined {
    this.#touched = new Set(fields);
    this.general = "";
    return fields.find((field) => this.problems[field]);
  }

  /** Takes over what the platform refused. Returns the first field concerned. */
  refuse(error: ApiError): Field | undefined {
    const refused: Partial<Record<Field, string>> = {};
    const other: string[] = [];
    for (const { path, message } of error.errors) {
      const field = fieldOf(path);
      if (field) refused[field] ??= message;
      else other.push(path ? `${path}: ${message}` : message);
    }
    this.#refused = refused;
    const first = fields.find((field) => refused[field]);
    this.general = first === undefined || other.length > 0 ? other.join(" ") || error.detail : "";
    return first;
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
