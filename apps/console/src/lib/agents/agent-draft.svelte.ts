import type { ApiError } from "@orrery/client";
import { CreateAgent, UpdateAgent, type Agent, type EdgeLocation } from "@orrery/protocol";
import { messageFor } from "./field-messages.ts";

/** What the form holds. Numbers are text while they are typed. */
interface Values {
  name: string;
  model: string;
  systemPrompt: string;
  promptTemplate: string;
  temperature: string;
  maxTokens: string;
  tools: string[];
  location: EdgeLocation;
  active: boolean;
}

export type Field = keyof Values;

/** The form's field that shows what is wrong at a path of the request. */
function fieldOf(path: string): Field | undefined {
  const head = path.split(".")[0] ?? "";
  if (head === "edgeLocations") return "location";
  if (head === "status") return "active";
  return head in empty ? (head as Field) : undefined;
}

const empty: Values = {
  name: "",
  model: "offline/extract",
  systemPrompt: "",
  promptTemplate: "{{input}}",
  temperature: "0.7",
  maxTokens: "1024",
  tools: ["read_document", "search_documents", "current_time", "calculate"],
  location: "auto",
  active: true,
};

const valuesOf = (agent: Agent): Values => ({
  name: agent.name,
  model: agent.model,
  systemPrompt: agent.systemPrompt ?? "",
  promptTemplate: agent.promptTemplate,
  temperature: String(agent.temperature),
  maxTokens: String(agent.maxTokens),
  tools: [...agent.tools],
  location: agent.edgeLocations[0] ?? "auto",
  active: agent.status === "active",
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
    this.#touched = new Set(Object.keys(this.values) as Field[]);
    this.general = "";
    return (Object.keys(this.values) as Field[]).find((field) => this.problems[field]);
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
    const fields = Object.keys(refused) as Field[];
    this.general = fields.length === 0 || other.length > 0 ? other.join(" ") || error.detail : "";
    return fields[0];
  }

  /** The request that makes this agent. Call after {@link check}. */
  toCreate(): CreateAgent {
    const { systemPrompt, ...common } = this.#common();
    return {
      ...common,
      ...(systemPrompt && { systemPrompt }),
      edgeLocations: [this.values.location],
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
      ...(systemPrompt && { systemPrompt }),
    };
  }
}
