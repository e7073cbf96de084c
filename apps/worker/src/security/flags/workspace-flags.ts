import type { Flag } from "@orrery/protocol";
import type { FlagSetting } from "./flag-store.ts";
import { type FlagId, flagIds, isFlagId, knownFlags } from "./known-flags.ts";

interface Said {
  workspace: boolean | null;
  agents: Map<string, boolean>;
}

/** What a workspace said of all flags, at one moment: asked as often as one likes, it reads nothing. */
export class WorkspaceFlags {
  readonly #said = new Map<FlagId, Said>();

  /** Settings of flags that are not known any more say nothing. */
  constructor(settings: readonly FlagSetting[]) {
    for (const { name, agentId, enabled } of settings) {
      if (!isFlagId(name)) continue;
      const said = this.#said.get(name) ?? { workspace: null, agents: new Map<string, boolean>() };
      if (agentId === "") said.workspace = enabled;
      else said.agents.set(agentId, enabled);
      this.#said.set(name, said);
    }
  }

  /** What was said of the agent, else of the workspace, else what holds where nobody said anything. */
  enabled(name: FlagId, agentId?: string): boolean {
    const said = this.#said.get(name);
    const ofAgent = agentId === undefined ? undefined : said?.agents.get(agentId);
    return ofAgent ?? said?.workspace ?? knownFlags[name].default;
  }

  /** Every flag as it holds for an agent. */
  all(agentId: string): Record<FlagId, boolean> {
    const entries = flagIds.map((name) => [name, this.enabled(name, agentId)] as const);
    return Object.fromEntries(entries) as Record<FlagId, boolean>;
  }

  /** One flag with all that was said of it. */
  describe(name: FlagId): Flag {
    const said = this.#said.get(name);
    return {
      name,
      description: knownFlags[name].description,
      default: knownFlags[name].default,
      workspace: said?.workspace ?? null,
      agents: Object.fromEntries(said?.agents ?? []),
    };
  }
}
