/**
 * Workspaces that have keys, in D1. A signature and the address of a key set name a workspace before anybody is known to
 * ask; an object that is asked for has files of its own, even if it keeps nothing, and a stranger shall not make any.
 */

/** Notes that a workspace has keys; before it has them, so that no crash leaves keys that nobody finds. */
export async function announceRing(database: D1Database, workspaceId: string): Promise<void> {
  await database
    .prepare("INSERT INTO key_rings (workspace_id) VALUES (?) ON CONFLICT DO NOTHING")
    .bind(workspaceId)
    .run();
}

/** Those that this isolate knows of: none ever ceases to have had keys. */
const known = new WeakMap<Env, Set<string>>();

export async function ringExists(env: Env, workspaceId: string): Promise<boolean> {
  let rings = known.get(env);
  if (rings === undefined) known.set(env, (rings = new Set<string>()));
  if (rings.has(workspaceId)) return true;
  const row = await env.DB.prepare("SELECT 1 FROM key_rings WHERE workspace_id = ?")
    .bind(workspaceId)
    .first();
  if (row !== null) rings.add(workspaceId);
  return row !== null;
}
