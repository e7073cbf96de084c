/**
 * Tasks on their way from one agent of ours to another agent. What is begun is written down first and gone on with
 * after a crash: a task that one agent gave up has not arrived anywhere before the other has it.
 */
import { OrreryError } from "@orrery/protocol";
import type { Outbound } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import type { Member, Ownership, TaskDelivery } from "../contract.ts";
import { build, answered } from "../messages/build.ts";
import { contentOf } from "../tasks/work.ts";
import type { Roll } from "./roll.ts";

export interface HandOffsHost {
  readonly sql: SqlStorage;
  readonly roll: Pick<Roll, "heard" | "stub">;
  readonly ownership: Pick<Ownership, "decide" | "forward">;
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<unknown>;
  now(): number;
}

export class HandOffs {
  readonly #host: HandOffsHost;

  constructor(host: HandOffsHost) {
    this.#host = host;
    host.sql.exec(`
      CREATE TABLE IF NOT EXISTS fuse_hand_offs (
        task_id TEXT NOT NULL,
        from_agent TEXT NOT NULL,
        to_agent TEXT NOT NULL,
        PRIMARY KEY (task_id, from_agent)
      ) WITHOUT ROWID`);
  }

  /** Moves a task. False where `from` has none of that id that is unfinished. @throws OrreryError `rate_limited` */
  async move(taskId: string, from: string, to: string): Promise<boolean> {
    this.#host.sql.exec(
      `INSERT OR IGNORE INTO fuse_hand_offs (task_id, from_agent, to_agent) VALUES (?, ?, ?)`,
      taskId,
      from,
      to,
    );
    return await this.#goOn(taskId, from, to);
  }

  /** Goes on with what a crash, or an agent that was full, interrupted. */
  async resume(): Promise<void> {
    for (const row of this.#host.sql.exec(`SELECT * FROM fuse_hand_offs LIMIT 100`).toArray()) {
      const taskId = String(row["task_id"]);
      try {
        await this.#goOn(taskId, String(row["from_agent"]), String(row["to_agent"]));
      } catch (error) {
        log.warn("fuse.hand-off-waits", { taskId, error });
      }
    }
  }

  async #goOn(taskId: string, from: string, to: string): Promise<boolean> {
    const { roll } = this.#host;
    const delivery = await roll.stub(from).release(taskId);
    if (delivery) {
      await this.#give({ ...delivery, shadow: false }, from, to);
      await roll.stub(from).handedBack([taskId]);
    }
    this.#host.sql.exec(`DELETE FROM fuse_hand_offs WHERE task_id = ? AND from_agent = ?`, taskId, from);
    return delivery !== null;
  }

  async #give(delivery: TaskDelivery, from: string, to: string): Promise<void> {
    const host = this.#host;
    const { roll, ownership } = host;
    const member = host.find(to);
    const side = member ? ownership.decide(to, delivery.taskId) : "theirs";
    if (member && side === "ours") {
      const { answers, summary } = await roll.stub(to).accept([delivery]);
      roll.heard(to, summary);
      const [answer] = answers;
      if (answer?.outcome === "later" || answer?.outcome === "rejected") {
        throw new OrreryError("rate_limited", `${to} does not take the task now: ${answer.reason}.`);
      }
      return;
    }
    if (side === "forward") return await ownership.forward(to, delivery);
    await host.send([
      {
        key: `hand-off:${from}:${delivery.taskId}`,
        role: "tasks",
        value: handedOn(delivery, to, host.now()),
      },
    ]);
  }
}

/** A task as it came, for somebody else: all it holds is kept. */
function handedOn(delivery: TaskDelivery, to: string, now: number): Record<string, unknown> {
  const { form, message, source, priority } = delivery;
  if (form === "bare") return { ...message, target: to };
  return build({
    source: source ?? to,
    target: to,
    type: form === "task" ? "TASK" : "CONVERSATION",
    priority,
    content: { ...contentOf(form, message), ...(form === "task" && { taskId: delivery.taskId }) },
    metadata: answered(delivery),
    now,
  });
}
