/**
 * Tasks on their way from one agent of ours to another agent. What is begun is written down first and gone on with
 * after a crash: a task that one agent gave up has not arrived anywhere before the other has it.
 */
import { OrreryError, newId } from "@orrery/protocol";
import type { BridgePort, Outbound, Sent } from "../../../channels/index.ts";
import { log } from "../../../observability/index.ts";
import { addColumns } from "../add-columns.ts";
import { assertTaken } from "../assert-taken.ts";
import type { HandOff, Member, Ownership, TaskDelivery } from "../contract.ts";
import { retargeted } from "../messages/retarget.ts";
import { privateTasks } from "../migration/private-channels.ts";
import { canDo, isWorking } from "../routing/route.ts";
import type { Cancels } from "./cancels.ts";
import { giveTasks } from "./give-tasks.ts";
import type { Peers } from "./peers.ts";
import type { Roll } from "./roll.ts";

export interface HandOffsHost {
  readonly sql: SqlStorage;
  readonly port: Pick<BridgePort, "channels" | "forget" | "newest">;
  readonly roll: Pick<Roll, "heard" | "load" | "stub">;
  readonly ownership: Pick<Ownership, "giving" | "moved" | "prospect" | "receives" | "taken">;
  readonly peers: Pick<Peers, "whoCan">;
  readonly cancels: Pick<Cancels, "apply">;
  members(): readonly Member[];
  find(fuseAgentId: string): Member | undefined;
  send(messages: readonly Outbound[]): Promise<Sent>;
  now(): number;
}

/** A hand-off as it is written down. */
interface Order {
  readonly id: string;
  readonly taskId: string;
  readonly from: string;
  readonly to: string;
  readonly by: string | null;
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
    addColumns(host.sql, "fuse_hand_offs", {
      id: "TEXT NOT NULL DEFAULT ''",
      // Whose task alone it may be.
      by_source: "TEXT",
    });
  }

  /** Who else can do it: the least loaded of ours that work, else an existing agent that we hand it, else the peer heard last. */
  somebody(taskId: string, requires: readonly string[], from: Member): string | null {
    const { roll, ownership, peers } = this.#host;
    const able = this.#host.members().filter((member) => member.id !== from.id && canDo(member, requires));
    const on = (...sides: string[]): Member[] =>
      able.filter(({ id }) => sides.includes(ownership.prospect(id, taskId)));
    const least = on("ours")
      .filter(isWorking)
      .toSorted((one, other) => roll.load(one.id) - roll.load(other.id))[0];
    const forwarded = on("forward", "shadow").find(({ legacyChannels }) => legacyChannels === "private");
    return least?.id ?? forwarded?.id ?? peers.whoCan(requires) ?? on("theirs", "shadow")[0]?.id ?? null;
  }

  /** Moves a task. Why it does not, where it does not. @throws OrreryError `rate_limited`: it is gone on with */
  async move({ taskId, from, to, by }: Omit<Order, "id">): Promise<string | null> {
    const { sql } = this.#host;
    sql.exec(
      `INSERT OR IGNORE INTO fuse_hand_offs (task_id, from_agent, to_agent, id, by_source) VALUES (?, ?, ?, ?, ?)`,
      taskId,
      from,
      to,
      newId(this.#host.now()),
      by,
    );
    const [row] = sql
      .exec(`SELECT * FROM fuse_hand_offs WHERE task_id = ? AND from_agent = ?`, taskId, from)
      .toArray();
    return row ? await this.#goOn(orderOf(row)) : null;
  }

  /** Whether a task is on its way: one agent may have given it up, and the other not have it yet. */
  isUnderWay(taskId: string): boolean {
    const { sql } = this.#host;
    return sql.exec(`SELECT 1 FROM fuse_hand_offs WHERE task_id = ? LIMIT 1`, taskId).toArray().length > 0;
  }

  /** Goes on with what a crash, or an agent that was full, interrupted. */
  async resume(): Promise<void> {
    for (const row of this.#host.sql.exec(`SELECT * FROM fuse_hand_offs LIMIT 100`).toArray()) {
      const order = orderOf(row);
      try {
        await this.#goOn(order);
      } catch (error) {
        log.warn("fuse.hand-off-waits", { taskId: order.taskId, error });
      }
    }
  }

  async #goOn(order: Order): Promise<string | null> {
    const { cancels, ownership, roll, sql } = this.#host;
    const { id, taskId, from, to, by } = order;
    const target: HandOff["to"] = { name: to, agentId: this.#host.find(to)?.agentId ?? null };
    const released = await roll.stub(from).release(taskId, { id, to: target, by });
    let refusal: string | null = released.ok ? "there is no such unfinished task" : released.refusal.message;
    if (released.ok && released.value) {
      refusal = await this.#give(released.value, order);
      if (refusal === null) {
        ownership.moved(from, taskId, to);
        await roll.stub(from).handedBack([taskId]);
      } else {
        await roll.stub(from).keep(taskId, id);
        await cancels.apply([{ taskId }], from);
      }
    } else if (!released.ok && !isFinal(released.refusal.code)) {
      throw new OrreryError(released.refusal.code, released.refusal.message);
    }
    sql.exec(`DELETE FROM fuse_hand_offs WHERE task_id = ? AND from_agent = ?`, taskId, from);
    return refusal;
  }

  /** Why the other does not take it; null where it does. @throws OrreryError `rate_limited`: later it may */
  async #give(task: TaskDelivery, { id, to }: Order): Promise<string | null> {
    const host = this.#host;
    const member = host.find(to);
    const message = retargeted(task, to);
    const delivery = { ...task, message, shadow: false, attempt: undefined };
    const side = member ? host.ownership.receives(to, task.taskId) : "theirs";
    if (member && side === "ours") {
      return await host.ownership.giving(to, () => this.#giveToOurs({ ...delivery, handOff: id }, to));
    }
    // An existing agent that hears its private channel alone hears of it by that one. By the hand-off's id, since it may
    // have been given the same task before.
    const channel = member?.legacyChannels === "private" ? privateTasks(host.port, to) : undefined;
    assertTaken(await host.send([{ key: `hand-off:${id}`, role: "tasks", channel, value: message }]));
    return null;
  }

  async #giveToOurs(delivery: TaskDelivery, to: string): Promise<string | null> {
    const { cancels, ownership } = this.#host;
    const [answer] = await giveTasks(to, [delivery], this.#host);
    if (answer?.outcome === "rejected") return `${to} does not take it: ${answer.reason}`;
    if (answer?.outcome === "later") {
      throw new OrreryError("rate_limited", `${to} does not take the task now: ${answer.reason}.`);
    }
    ownership.taken(to, [{ taskId: delivery.taskId, heard: true }]);
    await cancels.apply([delivery], to);
    return null;
  }
}

/** Whether a hand-off that was refused so is over, and the task stays where it is. */
const isFinal = (code: string): boolean =>
  ["forbidden", "invalid_request", "not_found", "payload_too_large"].includes(code);

const orderOf = (row: Record<string, SqlStorageValue>): Order => ({
  id: String(row["id"]),
  taskId: String(row["task_id"]),
  from: String(row["from_agent"]),
  to: String(row["to_agent"]),
  by: typeof row["by_source"] === "string" ? row["by_source"] : null,
});
