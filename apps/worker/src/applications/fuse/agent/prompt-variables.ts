/** Variables for the prompt template of the platform's agent: a task's own, and what others found to be better. */
import type { Agent, Outcome } from "@orrery/protocol";
import { templateVariables } from "../../../agents/index.ts";
import { fieldsOf } from "../messages/fields.ts";
import type { Fields } from "../messages/fields.ts";
import type { Improvements } from "./improvements.ts";

/** Milliseconds for which a template is taken to be as it was. */
const freshMs = 5_000;

export class PromptVariables {
  readonly #describe: () => Promise<Outcome<Pick<Agent, "promptTemplate">>>;
  readonly #improvements: Pick<Improvements, "told">;
  readonly #now: () => number;
  #wanted: Promise<readonly string[]> = Promise.resolve([]);
  #readAt = -Infinity;

  constructor(
    describe: () => Promise<Outcome<Pick<Agent, "promptTemplate">>>,
    improvements: Pick<Improvements, "told">,
    now: () => number,
  ) {
    this.#describe = describe;
    this.#improvements = improvements;
    this.#now = now;
  }

  /** Those that the template names: `improvements`, and of the task's `variables` the texts. */
  async of(content: Fields): Promise<Record<string, string> | undefined> {
    if (this.#now() - this.#readAt >= freshMs) {
      this.#readAt = this.#now();
      this.#wanted = this.#read();
    }
    const wanted = await this.#wanted;
    if (wanted.length === 0) return undefined;
    const given = fieldsOf(content, "variables");
    const variables: Record<string, string> = {};
    for (const name of wanted) {
      const value = given[name];
      if (typeof value === "string") variables[name] = value;
      else if (name === "improvements") variables[name] = this.#improvements.told();
    }
    return variables;
  }

  /** An agent that cannot be asked will say itself, when it is to do something, what is wrong. */
  async #read(): Promise<readonly string[]> {
    const agent = await this.#describe();
    return agent.ok ? templateVariables(agent.value.promptTemplate) : [];
  }
}
