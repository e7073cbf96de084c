import type { BridgeMessage, ChannelRole } from "@orrery/protocol";

/** Messages that are kept on show; a bridge itself keeps 500. */
const kept = 500;

/**
 * The messages of a bridge as they pass, newest first. Paused, it holds what it hears back and counts it, so that
 * whoever reads is not read away from.
 */
export class MessageFeed {
  /** What is on show, whatever its channel. */
  messages = $state.raw<readonly BridgeMessage[]>([]);
  /** The channel to show alone. */
  role = $state<ChannelRole | "all">("all");
  #held = $state.raw<readonly BridgeMessage[]>([]);
  #paused = $state(false);

  readonly shown = $derived.by(() =>
    this.role === "all" ? this.messages : this.messages.filter(({ role }) => role === this.role),
  );

  get paused(): boolean {
    return this.#paused;
  }

  /** How many were held back since it was paused. */
  get waiting(): number {
    return this.#held.length;
  }

  /** Takes over what the bridge kept or just passed on. What was taken before stays, and nothing is there twice. */
  take(messages: readonly BridgeMessage[]): void {
    if (this.#paused) this.#held = merged(this.#held, freshIn(messages, this.messages));
    else this.messages = merged(this.messages, messages);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.messages = merged(this.messages, this.#held);
    this.#held = [];
  }
}

function freshIn(more: readonly BridgeMessage[], known: readonly BridgeMessage[]): readonly BridgeMessage[] {
  const ids = new Set(known.map(({ id }) => id));
  return more.filter(({ id }) => !ids.has(id));
}

/** Both, each once, newest first. Messages of one instant keep the order in which they were given. */
function merged(some: readonly BridgeMessage[], more: readonly BridgeMessage[]): readonly BridgeMessage[] {
  const fresh = freshIn(more, some);
  if (fresh.length === 0) return some;
  return [...fresh, ...some].sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, kept);
}
