import type { FuseAgents } from "@orrery/client";
import type { FuseAgent, Migrate, MigrationMode, MigrationResult } from "@orrery/protocol";
import { listen, type EventSource } from "#lib/platform/live-events.ts";
import { poll } from "#lib/platform/poll.ts";
import { throttle } from "#lib/platform/throttle.ts";

/** Milliseconds between two looks: leases and signs of life come with no event. */
const readMs = 5_000;
/** Milliseconds between two readings while events come one after another. */
const heardMs = 1_500;

type Migrating = Pick<FuseAgents, "list" | "migrate">;

/** What tells agents of all bridges apart. */
export const cardId = ({ bridgeId, id }: Pick<FuseAgent, "bridgeId" | "id">): string => `${bridgeId}/${id}`;

/** The migration board: every agent of the existing system that is known here, by who answers for it. */
export class Board {
  /** Undefined until they have been read once. */
  agents = $state.raw<readonly FuseAgent[]>();
  error = $state.raw<unknown>();
  /** The bridge whose agents are shown; all where empty. */
  bridgeId = $state("");
  query = $state("");
  readonly #client: Migrating;

  constructor(client: Migrating) {
    this.#client = client;
  }

  readonly shown = $derived.by(() => {
    const words = this.query.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return (this.agents ?? []).filter(
      ({ id, bridgeId, state }) =>
        (this.bridgeId === "" || bridgeId === this.bridgeId) &&
        words.every((word) => `${id} ${state.capabilities.join(" ")}`.toLowerCase().includes(word)),
    );
  });

  /** The cards of a column, by name. */
  column(mode: MigrationMode): FuseAgent[] {
    return this.shown.filter((agent) => agent.mode === mode);
  }

  /** Reads them and goes on reading until the returned function is called. */
  follow(events: EventSource): () => void {
    const stopReading = poll((signal) => this.load(signal), readMs);
    const heard = throttle(() => void this.load(), heardMs);
    const stopListening = listen(events, {
      types: ["fuse.agent", "fuse.task"],
      onevent: heard.ask,
      onmissed: heard.ask,
    });
    return () => {
      stopReading();
      stopListening();
      heard.stop();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    try {
      const read: FuseAgent[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await this.#client.list({ limit: 100, ...(cursor && { cursor }) }, { signal });
        read.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      this.agents = read.sort((one, other) => cardId(one).localeCompare(cardId(other)));
      this.error = undefined;
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }

  /**
   * Changes who answers for an agent, and shows the card where it is then.
   * @throws ApiError, ConnectionError
   */
  async migrate(agent: FuseAgent, migration: Migrate): Promise<MigrationResult> {
    const result = await this.#client.migrate(agent.bridgeId, agent.id, migration);
    this.put(result.agent);
    return result;
  }

  put(agent: FuseAgent): void {
    this.agents = this.agents?.map((known) => (cardId(known) === cardId(agent) ? agent : known));
  }
}
