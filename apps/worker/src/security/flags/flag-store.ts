import type { FlagId } from "./known-flags.ts";

/** What a workspace said of one flag; `agentId` is empty where it said it of all. */
export interface FlagSetting {
  name: string;
  agentId: string;
  enabled: boolean;
}

interface FlagRow {
  name: string;
  agent_id: string;
  enabled: number;
}

/** Flags that were set, in D1. */
export interface FlagStore {
  /** All that the workspace said. */
  read(workspaceId: string): Promise<FlagSetting[]>;
  /** `enabled: null` takes back what was said. */
  set(workspaceId: string, name: FlagId, agentId: string, enabled: boolean | null): Promise<void>;
}

export const flagStore = (database: D1Database): FlagStore => ({
  async read(workspaceId) {
    const { results } = await database
      .prepare("SELECT name, agent_id, enabled FROM flags WHERE workspace_id = ? ORDER BY name, agent_id")
      .bind(workspaceId)
      .all<FlagRow>();
    return results.map((row) => ({ name: row.name, agentId: row.agent_id, enabled: row.enabled === 1 }));
  },

  async set(workspaceId, name, agentId, enabled) {
    const statement =
      enabled === null
        ? database
            .prepare("DELETE FROM flags WHERE workspace_id = ? AND name = ? AND agent_id = ?")
            .bind(workspaceId, name, agentId)
        : database
            .prepare(
              `INSERT INTO flags (workspace_id, name, agent_id, enabled) VALUES (?, ?, ?, ?)
               ON CONFLICT (workspace_id, name, agent_id) DO UPDATE SET enabled = excluded.enabled`,
            )
            .bind(workspaceId, name, agentId, enabled ? 1 : 0);
    await statement.run();
  },
});
