import { timestamp } from "@orrery/protocol";
import type { BridgeState } from "@orrery/protocol";
import type { EventPublisher } from "../../publisher.ts";
import { outlineOf } from "./message-outline.ts";
import type { Passing } from "./message-outline.ts";

/** Messages a second of which those who watch are told; of what passes beyond, the rest is in the list alone. */
const messagesPerSecond = 20;

/** Live events of one bridge. */
export class BridgeEvents {
  readonly #publisher: EventPublisher;
  readonly #bridgeId: string;
  #second = 0;
  #told = 0;

  constructor(publisher: EventPublisher, bridgeId: string) {
    this.#publisher = publisher;
    this.#bridgeId = bridgeId;
  }

  changed(state: BridgeState, now: number): void {
    const data = { bridgeId: this.#bridgeId, state };
    this.#publisher.publish({ type: "bridge.changed", at: timestamp(now), data });
  }

  passed(passing: Passing): void {
    const second = Math.floor(passing.at / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    if (this.#told >= messagesPerSecond) return;
    this.#told += 1;
    const data = { bridgeId: this.#bridgeId, message: outlineOf(passing) };
    this.#publisher.publish({ type: "bridge.message", at: timestamp(passing.at), data });
  }
}
