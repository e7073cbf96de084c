import type { Agents } from "@orrery/client";

/** Names of agents by their id, read when they are first asked for; one that cannot be read is called by its id. */
export class AgentNames {
  #names = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly #agents: Pick<Agents, "get">;

  constructor(agents: Pick<Agents, "get">) {
    this.#agents = agents;
  }

  of(id: string): string {
    return this.#names.get(id) ?? id;
  }

  async load(ids: Iterable<string>): Promise<void> {
    const unknown = [...new Set(ids)].filter((id) => !this.#names.has(id));
    if (unknown.length === 0) return;
    const found = await Promise.all(
      unknown.map((id) =>
        this.#agents.get(id).then(
          ({ name }) => [id, name] as const,
          () => [id, id] as const,
        ),
      ),
    );
    this.#names = new Map([...this.#names, ...found]);
  }
}
