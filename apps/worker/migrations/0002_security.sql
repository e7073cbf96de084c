-- Tokens made here. Of an API key only the SHA-256 of its secret is kept; of a JWT, nothing but its id.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('jwt', 'api-key')),
  -- A JSON array.
  scopes TEXT NOT NULL,
  -- Base64url; null for a JWT.
  secret_hash TEXT,
  created_by TEXT NOT NULL,
  -- Times are epoch milliseconds.
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  CHECK ((kind = 'api-key') = (secret_hash IS NOT NULL))
) STRICT;

-- A workspace's tokens are listed newest first; ids are UUIDv7.
CREATE INDEX tokens_by_workspace ON tokens (workspace_id, id);

-- Tokens that are refused although they verify: made here or elsewhere. Isolates read what is new in it.
CREATE TABLE revoked_tokens (
  workspace_id TEXT NOT NULL,
  -- A JWT's jti, or an API key's id.
  token_id TEXT NOT NULL,
  revoked_at INTEGER NOT NULL,
  -- When the token would have ended by itself, after which the row says nothing; null where unknown.
  expires_at INTEGER,
  PRIMARY KEY (workspace_id, token_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX revoked_tokens_by_time ON revoked_tokens (revoked_at);

-- First answers to writes of the control plane, by their Idempotency-Key, kept for 24 hours.
CREATE TABLE idempotent_answers (
  -- SHA-256, base64url, of workspace, subject, method, path and the key itself.
  id TEXT PRIMARY KEY,
  -- SHA-256, base64url, of the body.
  request_hash TEXT NOT NULL,
  -- Tells apart two claims on one id.
  claim TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  -- Null while the first request is running.
  status INTEGER,
  -- The answer's headers and body, sealed with a key derived from SIGNING_KEY.
  answer TEXT,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotent_answers_by_end ON idempotent_answers (expires_at);
