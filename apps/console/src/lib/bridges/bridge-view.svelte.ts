import type { Bridges } from "@orrery/client";
import { BridgeMessage, type Bridge, type ChannelRole, type LiveEvent } from "@orrery/protocol";
import { createContext } from "svelte";
import { listen, type EventSource } from "#lib/platform/live-events.ts";
import { poll } from "#lib/platform/poll.ts";
import { MessageFeed } from "./message-feed.svelte.ts";
import { addSample, noHistory, type RateHistory } from "./rate-history.ts";

/** Milliseconds between two looks at a bridge's counts: what the live rates are made of. */
const sampleMs = 2_000;

/** Messages that are read when one begins to watch. */
const firstMessages = 100;

type Reading = Pick<Bridges, "get" | "messages" | "delete">;

/** One bridge on show: how it is, how much passes, and what passes. */
export class BridgeView {
  readonly id: string;
  bridge = $state.raw<Bridge>();
  error = $state.raw<unknown>();
  readonly feed = new MessageFeed();
  /** Why the messages of before could not be read; live ones come all the same. */
  messagesError = $state.raw<unknown>();
  messagesRead = $state(false);
  rates = $state.raw<Record<ChannelRole, RateHistory>>({
    coordination: noHistory,
    tasks: noHistory,
    results: noHistory,
  });
  readonly #bridges: Reading;
  readonly #now: () => number;
  /** Once it is being deleted, there is nothing to read any more. */
  #leaving = false;

  constructor(id: string, bridges: Reading, now: () => number = Date.now) {
    this.id = id;
    this.#bridges = bridges;
    this.#now = now;
  }

  /** Reads the bridge and goes on reading it, and hears its messages, until the returned function is called. */
  follow(events: EventSource): () => void {
    const stopReading = poll((signal) => this.load(signal), sampleMs);
    const stopListening = listen(events, {
      types: ["bridge.changed", "bridge.message"],
      onevent: (event) => this.hear(event),
      onmissed: () => void this.loadMessages(),
    });
    void this.loadMessages();
    return () => {
      stopReading();
      stopListening();
    };
  }

  async load(signal?: AbortSignal): Promise<void> {
    if (this.#leaving) return;
    try {
      this.take(await this.#bridges.get(this.id, { signal }));
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    }
  }

  /** Takes over the bridge as it was just read or saved. */
  take(bridge: Bridge): void {
    const at = this.#now();
    this.bridge = bridge;
    this.error = undefined;
    const rates = { ...this.rates };
    for (const { role, received, sent } of bridge.status.channels) {
      rates[role] = addSample(rates[role], { at, received, sent });
    }
    this.rates = rates;
  }

  /** Deletes the bridge. @throws ApiError, ConnectionError */
  async remove(): Promise<void> {
    this.#leaving = true;
    try {
      await this.#bridges.delete(this.id);
    } catch (error) {
      this.#leaving = false;
      throw error;
    }
  }

  async loadMessages(): Promise<void> {
    try {
      const { items } = await this.#bridges.messages(this.id, { limit: firstMessages });
      this.feed.take(items);
      this.messagesError = undefined;
      this.messagesRead = true;
    } catch (error) {
      this.messagesError = error;
    }
  }

  hear({ type, data }: LiveEvent): void {
    if (data["bridgeId"] !== this.id) return;
    if (type === "bridge.changed") void this.load();
    const message = BridgeMessage.safeParse(data["message"]);
    if (type === "bridge.message" && message.success) this.feed.take([message.data]);
  }
}

/** The bridge that the page is about. */
export const [bridgeOnShow, showBridge] = createContext<() => BridgeView>();
