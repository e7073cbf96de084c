-- Agents of the New Fuse by workspace, for lists. The bridge's object holds the truth; this follows it.
CREATE TABLE fuse_agents (
  bridge_id TEXT NOT NULL,
  -- The agent's name in the existing system.
  id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  -- The agent of the platform that does its work.
  agent_id TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('legacy', 'shadow', 'canary', 'orrery')),
  -- Of 100 tasks, how many ours takes in canary mode.
  canary_percent INTEGER NOT NULL CHECK (canary_percent BETWEEN 0 AND 100),
  -- RFC 3339; a row never replaces one of a later change.
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (bridge_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX fuse_agents_by_workspace ON fuse_agents (workspace_id, bridge_id, id);
