-- Workspaces that have keys, so that a name which a stranger sends makes no object where there is none.
CREATE TABLE key_rings (
  workspace_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
