/**
 * Scripts that read streams. An entry may be as large as Redis lets it be, and many are read at once: so how large they
 * are is looked at in Redis, and what does not fit is left there.
 */

/** What an entry is answered as: its id, what is known of it, its text or the beginning of that, and the text's bytes. */
const shown = `
local function textOf(fields)
  for i = 1, #fields, 2 do
    if fields[i] == 'message' then return fields[i + 1] end
  end
  if #fields == 2 then return fields[2] end
end
local function shown(id, fields, most, head)
  if not fields then return {id, 'gone', '', 0} end
  local text = textOf(fields)
  if not text then return {id, 'empty', '', 0} end
  if #text > most then return {id, 'large', string.sub(text, 1, head), #text} end
  return {id, 'whole', text, #text}
end
`;

/**
 * Gives a consumer entries that nobody of its group was given, one of each stream in turn.
 *
 * Keys: streams. Arguments: group, consumer, how many entries and bytes of them to stop at, bytes that a text may have,
 * bytes of the beginning of one that has more. Answers with a list for each stream. One that is too large is the last, so
 * that Redis holds no two of them for us.
 */
export const readScript = `${shown}
local count, room, most, head = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local answers, found = {}, true
for s = 1, #KEYS do answers[s] = {} end
while found do
  found = false
  for s = 1, #KEYS do
    if count > 0 and room > 0 then
      local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', KEYS[s], '>')
      if reply then
        local entry = reply[1][2][1]
        local one = shown(entry[1], entry[2], most, head)
        table.insert(answers[s], one)
        found, count, room = true, count - 1, room - one[4]
      end
    end
  end
end
return answers
`;

/**
 * Gives a consumer entries that its group was given before, as long as they have been left alone.
 *
 * Keys: stream. Arguments: group, consumer, bytes to stop at, bytes that a text may have, bytes of the beginning of one
 * that has more, milliseconds that they must have been left alone; then ids, each with how often it counts as delivered.
 * Answers with the first of them, one at least. Those that are not there, or not to be had, are answered as gone.
 */
export const claimScript = `${shown}
local room, most, head = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local answers = {}
for i = 7, #ARGV, 2 do
  if room <= 0 then break end
  local reply = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[6], ARGV[i], 'RETRYCOUNT', ARGV[i + 1])
  local entry = reply and reply[1]
  local one = shown(ARGV[i], entry and entry[2], most, head)
  table.insert(answers, one)
  room = room - one[4]
end
return answers
`;

/**
 * Makes a group where there is none, and the stream where there is none.
 *
 * Keys: stream. Arguments: group, the id after which entries are to be read, consumer, the group that this consumer was
 * in before or nothing. A group that is to begin after an id which the stream has not reached begins at the stream's end:
 * what is added from now on is read, whatever its id. What the consumer was given in the other group and has not
 * acknowledged is handed on, and the other group goes with its last consumer.
 */
export const joinScript = `
local stream, group, consumer, before = KEYS[1], ARGV[1], ARGV[3], ARGV[4]
local function fields(list)
  local found = {}
  for i = 1, #list, 2 do found[list[i]] = list[i + 1] end
  return found
end
local groups = {}
local reply = redis.pcall('XINFO', 'GROUPS', stream)
if not reply.err then
  for _, one in ipairs(reply) do
    local known = fields(one)
    groups[known.name] = known
  end
end
-- Asked for all the same: a Redis that takes no writes is to say so before anyone relies on it.
if groups[group] then return redis.pcall('XGROUP', 'CREATE', stream, group, '0') end
if before == '' or not groups[before] then
  local function parts(id)
    local ms, seq = string.match(id, '^(%d+)%-?(%d*)$')
    return tonumber(ms) or 0, tonumber(seq) or 0
  end
  local start = ARGV[2]
  local info = redis.pcall('XINFO', 'STREAM', stream)
  local last = info.err and '0-0' or fields(info)['last-generated-id']
  local ms, seq = parts(start)
  local lastMs, lastSeq = parts(last)
  if lastMs < ms or (lastMs == ms and lastSeq < seq) then start = last end
  redis.call('XGROUP', 'CREATE', stream, group, start, 'MKSTREAM')
  return 1
end
redis.call('XGROUP', 'CREATE', stream, group, groups[before]['last-delivered-id'])
local moved = false
while true do
  local waiting = redis.call('XPENDING', stream, before, '-', '+', 100, consumer)
  if #waiting == 0 then break end
  for _, one in ipairs(waiting) do
    redis.call('XCLAIM', stream, group, consumer, 0, one[1], 'RETRYCOUNT', one[4], 'FORCE', 'JUSTID')
    redis.call('XACK', stream, before, one[1])
  end
end
for _, one in ipairs(redis.call('XINFO', 'CONSUMERS', stream, before)) do
  if fields(one).name == consumer then moved = true end
end
if moved then
  redis.call('XGROUP', 'DELCONSUMER', stream, before, consumer)
  if #redis.call('XINFO', 'CONSUMERS', stream, before) == 0 then redis.call('XGROUP', 'DESTROY', stream, before) end
end
return 1
`;
