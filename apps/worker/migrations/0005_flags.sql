-- What a workspace said about new behaviour. A flag that is not here holds as the platform's own list says.
CREATE TABLE flags (
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- One agent's; empty where it is said of the whole workspace.
  agent_id TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  PRIMARY KEY (workspace_id, name, agent_id)
) STRICT, WITHOUT ROWID;

-- An agent that is deleted takes its flags with it.
CREATE INDEX flags_by_agent ON flags (agent_id);
