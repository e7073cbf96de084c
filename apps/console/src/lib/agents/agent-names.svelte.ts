import type { Agents } from "@orrery/client";
import type { Agent } from "@orrery/protocol";

type Known = Pick<Agent, "id" | "name" | "confidential">;

/** Agents by their id, read when they are first asked for; one that cannot be read is called by its id. */
export class AgentNames {
  #known = $state.raw<ReadonlyMap<string, Known>>(new Map());
  readonly #agents: Pick<Agents, "get">;

  constructor(agents: Pick<Agents, "get">) {
    this.#agents = agents;
  }

  of(id: string): string {
    return this.#known.get(id)?.name ?? id;
  }

  /** Whether what the agent is given and says is left out of lists; false while that is not known. */
  confidential(id: string): boolean {
    return this.#known.get(id)?.confidential ?? false;
  }

  /** Takes over an agent that was read elsewhere. */
  know(agent: Known): void {
    this.#known = new Map(this.#known).set(agent.id, agent);
  }

  async load(ids: Iterable<string>): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    const found = await Promise.all(
      unknown.map((id) => this.#agents.get(id).catch((): Known => ({ id, name: id, confidential: false }))),
    );
    this.#known = new Map([...this.#known, ...found.map((agent) => [agent.id, agent] as const)]);
  }
}
