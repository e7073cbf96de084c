/** Names of agents for those who know them by id alone; no agent is woken for it. */

/** The names of those that exist in the workspace, by id. */
export async function agentNames(
  env: Pick<Env, "DB">,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { results } = await env.DB.prepare(
    `SELECT id, name FROM agents WHERE workspace_id = ? AND id IN (SELECT value FROM json_each(?))`,
  )
    .bind(workspaceId, JSON.stringify(ids))
    .all<{ id: string; name: string }>();
  return new Map(results.map(({ id, name }) => [id, name]));
}
