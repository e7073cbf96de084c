-- What of a kept answer goes beyond the length of one value: the row's own `answer` is its beginning.
CREATE TABLE idempotent_answer_parts (
  id TEXT NOT NULL REFERENCES idempotent_answers (id) ON DELETE CASCADE,
  -- Counted from 1.
  part INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (id, part)
) STRICT;
