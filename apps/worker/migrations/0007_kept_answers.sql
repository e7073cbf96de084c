-- Which agent a kept answer tells of: it goes with the agent.
ALTER TABLE idempotent_answers ADD COLUMN agent_id TEXT;
CREATE INDEX idempotent_answers_by_agent ON idempotent_answers (agent_id) WHERE agent_id IS NOT NULL;
