/** Agents of the New Fuse by workspace, in D1, for lists. */
import type { MigrationMode, Page } from "@orrery/protocol";
import type { Member } from "../contract.ts";

/** Where an agent is found. */
export interface AgentAddress {
  readonly bridgeId: string;
  readonly id: string;
}

export class FuseAgentIndex {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  /** Writes members of a bridge, unless the index holds them as they were later. */
  async save(workspaceId: string, bridgeId: string, members: readonly Member[]): Promise<void> {
    if (members.length === 0) return;
    const save = this.#db.prepare(
      `INSERT INTO fuse_agents (bridge_id, id, workspace_id, agent_id, mode, canary_percent, created_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (bridge_id, id) DO UPDATE SET agent_id = excluded.agent_id, mode = excluded.mode,
         canary_percent = excluded.canary_percent, updated_at = excluded.updated_at
       WHERE excluded.updated_at >= updated_at`,
    );
    await this.#db.batch(
      members.map(({ id, agentId, mode, canaryPercent, createdAt, updatedAt }) =>
        save.bind(bridgeId, id, workspaceId, agentId, mode, canaryPercent, createdAt, updatedAt),
      ),
    );
  }

  async remove(bridgeId: string, fuseAgentId: string): Promise<void> {
    await this.#db
      .prepare(`DELETE FROM fuse_agents WHERE bridge_id = ? AND id = ?`)
      .bind(bridgeId, fuseAgentId)
      .run();
  }

  /** Removes all agents of a bridge. */
  async removeAll(bridgeId: string): Promise<void> {
    await this.#db.prepare(`DELETE FROM fuse_agents WHERE bridge_id = ?`).bind(bridgeId).run();
  }

  /** Agents of a workspace by bridge and id. The cursor is `<bridge id>/<id>` of the last one seen. */
  async page(
    workspaceId: string,
    query: {
      limit: number;
      cursor?: string | undefined;
      bridgeId?: string | undefined;
      mode?: MigrationMode | undefined;
    },
  ): Promise<Page<AgentAddress>> {
    const [afterBridge = "", afterId = ""] = (query.cursor ?? "").split("/");
    const { results } = await this.#db
      .prepare(
        `SELECT bridge_id, id FROM fuse_agents
         WHERE workspace_id = ?1 AND (bridge_id, id) > (?2, ?3) AND (?4 IS NULL OR bridge_id = ?4)
           AND (?5 IS NULL OR mode = ?5)
         ORDER BY bridge_id, id LIMIT ?6`,
      )
      .bind(workspaceId, afterBridge, afterId, query.bridgeId ?? null, query.mode ?? null, query.limit + 1)
      .all<{ bridge_id: string; id: string }>();
    const items = results.slice(0, query.limit).map(({ bridge_id: bridgeId, id }) => ({ bridgeId, id }));
    const last = items.at(-1);
    return { items, nextCursor: results.length > query.limit && last ? `${last.bridgeId}/${last.id}` : null };
  }
}
