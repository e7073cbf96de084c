import type { Flags } from "@orrery/client";
import type { Flag } from "@orrery/protocol";

/** The workspace's feature flags, and saying what holds. */
export class FlagList {
  /** Undefined until they have been read once. */
  flags = $state.raw<readonly Flag[]>();
  error = $state.raw<unknown>();
  readonly #flags: Flags;

  constructor(flags: Flags) {
    this.#flags = flags;
  }

  async load(signal?: AbortSignal): Promise<void> {
    try {
      this.flags = await this.#flags.list({ signal });
      this.error = undefined;
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }

  /**
   * Says what holds for the workspace, or with `agentId` for one agent; null takes back what was said. Shown at
   * once, and taken back where the platform refuses.
   * @throws ApiError, ConnectionError
   */
  async set(name: string, enabled: boolean | null, agentId?: string): Promise<void> {
    const before = this.flags?.find((flag) => flag.name === name);
    if (before) this.#put(said(before, enabled, agentId));
    try {
      this.#put(await this.#flags.set(name, { enabled, ...(agentId !== undefined && { agentId }) }));
    } catch (error) {
      if (before) this.#put(before);
      throw error;
    }
  }

  #put(flag: Flag): void {
    this.flags = this.flags?.map((known) => (known.name === flag.name ? flag : known));
  }
}

/** A flag as it will be if the platform takes what is said of it. */
function said(flag: Flag, enabled: boolean | null, agentId: string | undefined): Flag {
  if (agentId === undefined) return { ...flag, workspace: enabled };
  const { [agentId]: _, ...others } = flag.agents;
  return { ...flag, agents: enabled === null ? others : { ...others, [agentId]: enabled } };
}
