/** Tells agents what became of their answers, many at once. */
import type { Delivery } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { FuseAgentStub } from "../contract.ts";
import { readKey } from "../migration/message-keys.ts";

/** Milliseconds for which deliveries are gathered. Nobody waits for them. */
const gatherMs = 500;

type Answered = { taskId: string; outcome: Delivery["outcome"] };

export interface DeliveriesHost {
  isMember(fuseAgentId: string): boolean;
  stub(fuseAgentId: string): Pick<FuseAgentStub, "published">;
  /** Answers of an agent came back fenced, and it knows. */
  fenced(fuseAgentId: string): void;
  after(milliseconds: number, work: () => void): void;
}

export class Deliveries {
  readonly #host: DeliveriesHost;
  #waiting = new Map<string, Answered[]>();
  #gathering = false;

  constructor(host: DeliveriesHost) {
    this.#host = host;
  }

  note(deliveries: readonly Delivery[]): void {
    for (const { key, outcome } of deliveries) {
      const answer = readKey("result", key);
      if (!answer || !this.#host.isMember(answer.agent)) continue;
      const waiting = this.#waiting.get(answer.agent);
      const said = { taskId: answer.taskId, outcome };
      if (waiting) waiting.push(said);
      else this.#waiting.set(answer.agent, [said]);
    }
    if (this.#waiting.size === 0 || this.#gathering) return;
    this.#gathering = true;
    this.#host.after(gatherMs, () => void this.tell());
  }

  /** Tells what was gathered. */
  async tell(): Promise<void> {
    this.#gathering = false;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    await Promise.all(
      Array.from(waiting, async ([fuseAgentId, answered]) => {
        try {
          await this.#host.stub(fuseAgentId).published(answered);
        } catch (error) {
          // The agent tells of such answers once more after a while, and then hears what became of them.
          log.warn("fuse.deliveries-not-told", { fuseAgentId, error });
          return;
        }
        if (answered.some(({ outcome }) => outcome === "fenced")) this.#host.fenced(fuseAgentId);
      }),
    );
  }
}
