/** Changes of mode that are under way, so that one that was cut off goes on. */
import { z } from "zod";
import { Migrate } from "@orrery/protocol";
import type { Sql } from "./store.ts";

/**
 * `taking`: the lease is to be ours before the mode is changed. `giving-back`: the mode is changed; unfinished tasks are
 * to be handed back, and then the lease, where it is not needed any more.
 */
export const Transition = z.discriminatedUnion("step", [
  z.object({ step: z.literal("taking"), request: Migrate }),
  z.object({ step: z.literal("giving-back") }),
]);
export type Transition = z.infer<typeof Transition>;

export class Transitions {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  find(agent: string): Transition | null {
    const [row] = this.#sql
      .exec(`SELECT transition FROM ownership_transitions WHERE agent = ?`, agent)
      .toArray();
    return row === undefined ? null : Transition.parse(JSON.parse(String(row["transition"])));
  }

  begin(agent: string, transition: z.input<typeof Transition>): void {
    this.#sql.exec(
      `INSERT INTO ownership_transitions (agent, transition, started_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (agent) DO UPDATE SET transition = ?2, started_at = ?3`,
      agent,
      JSON.stringify(transition),
      this.#now(),
    );
  }

  end(agent: string): void {
    this.#sql.exec(`DELETE FROM ownership_transitions WHERE agent = ?`, agent);
  }
}
