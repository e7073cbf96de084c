/** `fuse.task` events: what becomes of an agent's tasks, for people who watch. Of many, some. */
import { timestamp } from "@orrery/protocol";
import type { FuseTaskStatus } from "@orrery/protocol";
import { publisher } from "../../../channels/index.ts";
import type { EventPublisher } from "../../../channels/index.ts";
import type { Identity } from "./agent-record.ts";

/** Milliseconds for which events are gathered, and how many of them are told: nobody reads more. */
const gatherMs = 1_000;
const limit = 5;

export class TaskEvents {
  readonly #fleets: Env["FLEETS"];
  readonly #identity: () => Identity;
  readonly #after: (milliseconds: number, work: () => void) => void;
  #publisher: EventPublisher | undefined;
  /** The newest status of each task since the last telling. */
  readonly #waiting = new Map<string, FuseTaskStatus>();
  #telling = false;

  constructor(
    fleets: Env["FLEETS"],
    identity: () => Identity,
    after: (milliseconds: number, work: () => void) => void,
  ) {
    this.#fleets = fleets;
    this.#identity = identity;
    this.#after = after;
  }

  changed(taskId: string, status: FuseTaskStatus): void {
    if (this.#waiting.has(taskId) || this.#waiting.size < limit) this.#waiting.set(taskId, status);
    if (this.#telling) return;
    this.#telling = true;
    // By then there may be no such agent any more.
    const identity = this.#identity();
    this.#after(gatherMs, () => this.#tell(identity));
  }

  #tell({ workspaceId, bridgeId, id: fuseAgentId, agentId }: Identity): void {
    this.#telling = false;
    this.#publisher ??= publisher(this.#fleets, workspaceId);
    const at = timestamp(Date.now());
    for (const [taskId, status] of this.#waiting) {
      this.#publisher.publish({
        type: "fuse.task",
        at,
        agentId,
        data: { fuseAgentId, bridgeId, taskId, status },
      });
    }
    this.#waiting.clear();
  }
}
