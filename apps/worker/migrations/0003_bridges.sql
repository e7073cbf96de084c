-- Which bridges there are. What they are is in their objects.
CREATE TABLE bridges (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX bridges_by_workspace ON bridges (workspace_id, id);
