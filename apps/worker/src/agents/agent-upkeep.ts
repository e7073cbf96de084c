/**
 * What an agent's object does by itself: it takes up what another process left, answers the wake-up call, and comes to
 * rest.
 */
import { log } from "../observability/index.ts";
import type { AgentDocuments } from "./agent-documents.ts";
import type { AgentEvents } from "./agent-events.ts";
import type { AgentIndex } from "./agent-index.ts";
import type { AgentRecords } from "./agent-records.ts";
import type { AgentTurns } from "./agent-turns.ts";
import type { IdempotencyKeys } from "./idempotency-keys.ts";
import type { WakeUp } from "./wake-up.ts";

export interface UpkeepParts {
  records: AgentRecords;
  turns: AgentTurns;
  index: AgentIndex;
  documents: AgentDocuments;
  events: AgentEvents;
  keys: IdempotencyKeys;
  wakeUp: WakeUp;
  /** Resolves when everything written so far is on disk. */
  sync: () => Promise<void>;
  /** Removes the agent, or goes on with it. Never rejects. */
  remove: () => Promise<void>;
}

export class AgentUpkeep {
  readonly #parts: UpkeepParts;
  /** Whether there are turns that could not be taken up yet. */
  #leftOver = false;
  /** Made by this very object: there is nothing that another could have left. */
  #isNew = false;
  /** Made by this very object for one turn, which it sees to the end. */
  #inHand = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** The agent has been made by this very object; where it is `inHand`, for one turn that its maker sees to the end. */
  made(inHand: boolean): void {
    this.#isNew = true;
    this.#inHand = inHand;
  }

  /** Takes up what another process left unfinished. Runs once, before the object serves anything. */
  recover(): void {
    const { records, index, keys, wakeUp } = this.#parts;
    if (!records.exists || records.removing) return;
    if (!this.#isNew) {
      this.#takeUp();
      keys.sweep(Date.now());
    }
    if (index.behind) index.schedule();
    if (this.#behind) {
      void wakeUp.soon().catch((error: unknown) => log.error("agent.wake-up-not-set", { error }));
    }
  }

  /** Takes turns up. Where one cannot be opened just now, the wake-up call tries again: the rest of the agent is there. */
  #takeUp(): void {
    const { records, turns } = this.#parts;
    try {
      turns.recover();
      this.#leftOver = false;
    } catch (error) {
      this.#leftOver = true;
      log.warn("agent.turns-not-taken-up", { agentId: records.settings.id, error });
    }
  }

  /** Whether there is something for the wake-up call to go on with. */
  get #behind(): boolean {
    const { turns, index, documents } = this.#parts;
    return turns.busy || this.#leftOver || index.behind || documents.behind;
  }

  /** Whether this is an agent of one turn, whose turn is over, and that nobody is about to remove. */
  get #isOver(): boolean {
    const { records, turns } = this.#parts;
    const { ephemeral = false } = records.known;
    return ephemeral && !this.#inHand && !turns.busy && !this.#leftOver;
  }

  /** The first thing to do on the wake-up call. */
  async awoken(): Promise<void> {
    const { records, wakeUp } = this.#parts;
    if (records.exists) await wakeUp.again();
  }

  /** Answers the wake-up call: goes on with what there is to do, and is called again until nothing is left. */
  async continueWork(): Promise<void> {
    const { records, index, documents, remove } = this.#parts;
    if (!records.exists) return;
    if (records.removing || this.#isOver) {
      // Only after this call has ended, since it ends by writing to what is removed.
      setTimeout(() => void remove(), 0);
      return;
    }
    if (this.#leftOver) this.#takeUp();
    await documents.sweep();
    if (index.behind) await index.flush();
    // A removal that began meanwhile has the call to go on with.
    if (records.exists && !records.removing && !this.#behind) await this.#workDone();
  }

  /** Brings everything to where it is safe from the object's end, so that no wake-up call is needed any more. */
  async settle(): Promise<"safe" | "busy"> {
    const { records, turns, index, events, sync } = this.#parts;
    if (records.exists) {
      if (records.removing || records.known.ephemeral || turns.busy) return "busy";
      if (index.behind) await index.flush();
      await events.flush();
      // Not parted from what follows: whoever begins work from here on sets the call again.
      if (records.removing || turns.busy || index.behind) return "busy";
      if (!this.#behind) await this.#workDone();
    }
    await sync();
    return "safe";
  }

  /** No work is left: notes that on disk, and in the same write that no wake-up call is needed. */
  #workDone(): Promise<void> {
    const { records, wakeUp } = this.#parts;
    records.saveNoted();
    return wakeUp.done();
  }
}
