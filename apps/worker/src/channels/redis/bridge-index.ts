/** The bridges of all workspaces, by id, in D1: what a list is made of. Everything else is in their objects. */
import type { Page } from "@orrery/protocol";

export class BridgeIndex {
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
  }

  async save(workspaceId: string, bridgeId: string): Promise<void> {
    await this.#db
      .prepare(`INSERT INTO bridges (id, workspace_id) VALUES (?, ?) ON CONFLICT DO NOTHING`)
      .bind(bridgeId, workspaceId)
      .run();
  }

  async remove(bridgeId: string): Promise<void> {
    await this.#db.prepare(`DELETE FROM bridges WHERE id = ?`).bind(bridgeId).run();
  }

  async count(workspaceId: string): Promise<number> {
    const row = await this.#db
      .prepare(`SELECT count(*) AS count FROM bridges WHERE workspace_id = ?`)
      .bind(workspaceId)
      .first<{ count: number }>();
    return row?.count ?? 0;
  }

  /** Ids of a workspace's bridges, the newest first. */
  async page(
    workspaceId: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<Page<string>> {
    const { results } = await this.#db
      .prepare(`SELECT id FROM bridges WHERE workspace_id = ? AND id < ? ORDER BY id DESC LIMIT ?`)
      .bind(workspaceId, cursor ?? "~", limit + 1)
      .all<{ id: string }>();
    const items = results.slice(0, limit).map(({ id }) => id);
    return { items, nextCursor: results.length > limit ? (items.at(-1) ?? null) : null };
  }
}
