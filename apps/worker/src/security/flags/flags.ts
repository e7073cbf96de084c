import { log } from "../../observability/index.ts";
import { type FlagStore, flagStore } from "./flag-store.ts";
import type { FlagId } from "./known-flags.ts";
import { WorkspaceFlags } from "./workspace-flags.ts";

/** Milliseconds for which an isolate goes by what it read last. */
const freshFor = 3_000;
/** Workspaces that an isolate remembers. */
const remembered = 1_000;

/**
 * Flags as one isolate knows them: set here, they hold at once; elsewhere within three seconds. Without the
 * database what was read last holds, and where nothing was, the defaults: a flag never fails its reader.
 *
 * No promise is shared between requests: on Workers, one that waits for another's I/O may wait for ever.
 */
export class Flags {
  readonly #store: FlagStore;
  readonly #now: () => number;
  readonly #known = new Map<string, { flags: WorkspaceFlags; readAt: number }>();

  constructor(store: FlagStore, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  /** Whether a flag holds in a workspace, or for one of its agents. */
  async enabled(workspaceId: string, name: FlagId, agentId?: string): Promise<boolean> {
    return (await this.of(workspaceId)).enabled(name, agentId);
  }

  /** All flags of a workspace, for whoever asks more than once. */
  async of(workspaceId: string): Promise<WorkspaceFlags> {
    const known = this.#known.get(workspaceId);
    if (known !== undefined && this.#now() - known.readAt < freshFor) return known.flags;
    try {
      return await this.read(workspaceId);
    } catch (error) {
      log.warn("security.flags-not-read", { workspaceId, error });
      return this.#remember(workspaceId, known?.flags ?? new WorkspaceFlags([]));
    }
  }

  /** All flags of a workspace as the database has them now. */
  async read(workspaceId: string): Promise<WorkspaceFlags> {
    return this.#remember(workspaceId, new WorkspaceFlags(await this.#store.read(workspaceId)));
  }

  /** Says something of a flag, or takes it back (`enabled: null`); of the whole workspace without `agentId`. */
  async set(
    workspaceId: string,
    name: FlagId,
    said: { enabled: boolean | null; agentId?: string | undefined },
  ): Promise<WorkspaceFlags> {
    await this.#store.set(workspaceId, name, said.agentId ?? "", said.enabled);
    return this.read(workspaceId);
  }

  #remember(workspaceId: string, flags: WorkspaceFlags): WorkspaceFlags {
    this.#known.delete(workspaceId);
    this.#known.set(workspaceId, { flags, readAt: this.#now() });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= remembered) break;
      this.#known.delete(oldest);
    }
    return flags;
  }
}

/** The runtime hands every request of an isolate the same `env`, which thus stands for the isolate. */
const isolates = new WeakMap<Env, Flags>();

/** The isolate's flags. */
export function flagsFor(env: Env): Flags {
  let flags = isolates.get(env);
  if (flags === undefined) {
    flags = new Flags(flagStore(env.DB));
    isolates.set(env, flags);
  }
  return flags;
}
