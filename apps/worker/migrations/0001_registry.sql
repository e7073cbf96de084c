-- The registry of agents and the index of executions. Both follow the agents' objects, which hold the
-- truth; `version` keeps a late write from undoing a newer one.
CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  -- The last ten digits of the id: every id of its executions ends with them.
  tag TEXT NOT NULL,
  name TEXT NOT NULL,
  application TEXT NOT NULL,
  status TEXT NOT NULL,
  -- The agent's settings as JSON, as the API shows them.
  settings TEXT NOT NULL,
  requests_handled INTEGER NOT NULL DEFAULT 0,
  last_active_at INTEGER,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX agents_by_workspace ON agents (workspace_id, id);
CREATE INDEX agents_by_tag ON agents (tag);

CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- The execution's summary as JSON, as the API shows it.
  summary TEXT NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX executions_by_workspace ON executions (workspace_id, id);
CREATE INDEX executions_by_agent ON executions (agent_id, id);
CREATE INDEX executions_by_status ON executions (workspace_id, status, id);
