-- A name as it is searched: its words in lower case, a space before each. Written with the agent; what stands below
-- does for the rows of before what SQL can: ASCII, Latin-1, Greek and Cyrillic letters. The rest follows with the agent's
-- next turn or change, or with `orrery doctor --reindex`.
ALTER TABLE agents ADD COLUMN search_name TEXT NOT NULL DEFAULT '';

UPDATE agents SET search_name = ' ' || trim((
  -- Letter by letter: `code` is that of the next one.
  WITH RECURSIVE letters (at, code, written) AS (
    SELECT 1, unicode(name), ''
    UNION ALL
    SELECT at + 1, unicode(substr(name, at + 1, 1)), written || CASE
      WHEN code BETWEEN 65 AND 90 THEN char(code + 32)
      WHEN code BETWEEN 48 AND 57 OR code BETWEEN 97 AND 122 THEN char(code)
      -- Controls, spaces and signs of ASCII and Latin-1, and general punctuation.
      WHEN code < 170 OR code BETWEEN 0x2000 AND 0x206F OR code = 0x3000 THEN ' '
      WHEN code BETWEEN 192 AND 222 AND code <> 215 THEN char(code + 32)
      WHEN code BETWEEN 0x391 AND 0x3A9 THEN char(code + 32)
      WHEN code BETWEEN 0x400 AND 0x40F THEN char(code + 80)
      WHEN code BETWEEN 0x410 AND 0x42F THEN char(code + 32)
      ELSE char(code)
    END
    FROM letters WHERE at <= length(name)
  )
  SELECT written FROM letters ORDER BY at DESC LIMIT 1
)) WHERE name <> '';

-- One space between words: a name has 120 characters, and each of these halves what is left of a row of spaces.
UPDATE agents SET search_name = replace(replace(replace(replace(replace(replace(replace(
  search_name, '  ', ' '), '  ', ' '), '  ', ' '), '  ', ' '), '  ', ' '), '  ', ' '), '  ', ' ')
WHERE instr(search_name, '  ') > 0;
