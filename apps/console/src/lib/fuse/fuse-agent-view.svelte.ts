import type { FuseAgents } from "@orrery/client";
import type { FuseAgent, Migrate, MigrationResult } from "@orrery/protocol";
import { createContext } from "svelte";
import { listen, type EventSource } from "#lib/platform/live-events.ts";
import { poll } from "#lib/platform/poll.ts";
import { throttle } from "#lib/platform/throttle.ts";

const readMs = 4_000;
const heardMs = 1_000;

type Steering = Pick<FuseAgents, "get" | "migrate" | "pause" | "resume" | "drain" | "delete">;

/** One agent of the New Fuse on show, kept in step with the platform. */
export class FuseAgentView {
  readonly bridgeId: string;
  readonly id: string;
  agent = $state.raw<FuseAgent>();
  error = $state.raw<unknown>();
  /** Grows whenever its tasks may have changed. */
  changes = $state(0);
  readonly #client: Steering;
  /** Once it is being forgotten, there is nothing to read any more. */
  #leaving = false;

  constructor(bridgeId: string, id: string, client: Steering) {
    this.bridgeId = bridgeId;
    this.id = id;
    this.#client = client;
  }

  /** Reads it and goes on reading until the returned function is called. */
  follow(events: EventSource): () => void {
    const stopReading = poll((signal) => this.load(signal), readMs);
    const heard = throttle(() => {
      this.changes += 1;
      void this.load();
    }, heardMs);
    const stopListening = listen(events, {
      types: ["fuse.agent", "fuse.task"],
      onevent: ({ data }) => {
        if (data["fuseAgentId"] === this.id) heard.ask();
      },
      onmissed: heard.ask,
    });
    return () => {
      stopReading();
      stopListening();
      heard.stop();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    if (this.#leaving) return;
    try {
      this.agent = await this.#client.get(this.bridgeId, this.id, { signal });
      this.error = undefined;
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }

  /** @throws ApiError, ConnectionError */
  async migrate(migration: Migrate): Promise<MigrationResult> {
    const result = await this.#client.migrate(this.bridgeId, this.id, migration);
    this.agent = result.agent;
    return result;
  }

  /** Forgets it here. @throws ApiError, ConnectionError */
  async remove(): Promise<void> {
    this.#leaving = true;
    try {
      await this.#client.delete(this.bridgeId, this.id);
    } catch (error) {
      this.#leaving = false;
      throw error;
    }
  }

  /** @throws ApiError, ConnectionError */
  async turn(verb: "pause" | "resume" | "drain"): Promise<void> {
    this.agent = await this.#client[verb](this.bridgeId, this.id);
  }
}

/** The agent that the page is about. */
export const [fuseAgentOnShow, showFuseAgent] = createContext<() => FuseAgentView>();
