import type { Bridges } from "@orrery/client";
import type { Bridge } from "@orrery/protocol";
import { listen, type EventSource } from "#lib/platform/live-events.ts";
import { poll } from "#lib/platform/poll.ts";

/** Milliseconds between two looks: states are heard of at once, counts are read. */
const readMs = 4_000;

/** The workspace's bridges and how they are. There are few of them: all are read. */
export class BridgeList {
  /** Undefined until they have been read once. */
  bridges = $state.raw<readonly Bridge[]>();
  error = $state.raw<unknown>();
  readonly #bridges: Pick<Bridges, "list">;

  constructor(bridges: Pick<Bridges, "list">) {
    this.#bridges = bridges;
  }

  /** Reads them and goes on reading until the returned function is called. */
  follow(events: EventSource): () => void {
    const stopReading = poll((signal) => this.load(signal), readMs);
    const stopListening = listen(events, {
      types: ["bridge.changed"],
      onevent: () => void this.load(),
      onmissed: () => void this.load(),
    });
    return () => {
      stopReading();
      stopListening();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    try {
      const read: Bridge[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await this.#bridges.list({ limit: 100, ...(cursor && { cursor }) }, { signal });
        read.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      this.bridges = read;
      this.error = undefined;
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }
}
