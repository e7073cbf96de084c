/** Lua scripts, run by their hash: what is one step in Redis whatever becomes of us. */
import { createHash } from "node:crypto";
import { replyCode } from "./connection/failures.ts";
import type { RedisConnection } from "./connection/contract.ts";

const hashes = new Map<string, string>();
const rememberedHashes = 100;

/** SHA-1, by which Redis names scripts. */
function hashOf(source: string): string {
  let hash = hashes.get(source);
  if (hash === undefined) {
    hash = createHash("sha1").update(source).digest("hex");
    if (hashes.size >= rememberedHashes) hashes.clear();
    hashes.set(source, hash);
  }
  return hash;
}

/** Runs a script; a Redis that does not know it yet, or no more, is sent it whole. */
export async function runScript(
  connection: RedisConnection,
  source: string,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await connection.call(["EVALSHA", hashOf(source), ...rest]);
  } catch (error) {
    if (replyCode(error) !== "NOSCRIPT") throw error;
    return await connection.call(["EVAL", source, ...rest]);
  }
}

/**
 * Writes messages, each at most once, in order: one that failed holds back those behind it in its channel.
 *
 * Keys: for each message its guard, its channel, what says whether its lease is in force, and the key that is written
 * beside it (the guard, where there is none); then guards that nothing asks for any more. Arguments: seconds that a guard
 * stays, how many messages, seconds that a ceiling stays where leases are checked by ceilings, else nothing; then for each
 * message its mode, its text, the stream's length (empty: all of it), the lease's token, value and seconds of the key
 * beside it, and the entry whose place it takes, each empty where there is none. Answers for each `written`, `fenced`,
 * `behind`, or Redis's error.
 *
 * A lease is in force where its key holds the token; by a ceiling, the highest token that was ever said to be in force,
 * where the token is not below it. The guard is asked before the lease: what was written while the lease was ours stays
 * written when it is asked again. It is set before the message is written, so that no message is without.
 */
export const writeScript = `
local answers, failed = {}, {}
local guardSeconds, count, ceilingSeconds = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local function inForce(key, token)
  local raw = redis.pcall('GET', key)
  if ceilingSeconds ~= '' then
    if token < (tonumber(raw or '') or 0) then return false end
    redis.pcall('SET', key, string.format('%.0f', token), 'EX', ceilingSeconds)
    return true
  end
  local read, lease = pcall(cjson.decode, raw)
  return read and type(lease) == 'table' and tonumber(lease.token) == token
end
local function isError(reply) return type(reply) == 'table' and reply.err end
local function write(channel, a)
  if ARGV[a + 1] ~= 'streams' then return redis.pcall('PUBLISH', channel, ARGV[a + 2]) end
  if ARGV[a + 3] == '' then return redis.pcall('XADD', channel, '*', 'message', ARGV[a + 2]) end
  return redis.pcall('XADD', channel, 'MAXLEN', '~', ARGV[a + 3], '*', 'message', ARGV[a + 2])
end
for i = 1, count do
  local k, a = (i - 1) * 4, 3 + (i - 1) * 7
  local guard, channel = KEYS[k + 1], KEYS[k + 2]
  local answer = 'written'
  if failed[channel] then
    answer = 'behind'
  elseif redis.call('EXISTS', guard) == 0 then
    if ARGV[a + 4] ~= '' and not inForce(KEYS[k + 3], tonumber(ARGV[a + 4])) then
      answer = 'fenced'
    else
      local done = redis.pcall('SET', guard, '1', 'EX', guardSeconds)
      if not isError(done) then
        done = write(channel, a)
        if isError(done) then redis.pcall('DEL', guard) end
      end
      if isError(done) then
        failed[channel] = true
        answer = done.err
      else
        if ARGV[a + 7] ~= '' then redis.pcall('XDEL', channel, ARGV[a + 7]) end
        if ARGV[a + 6] ~= '' then redis.pcall('SET', KEYS[k + 4], ARGV[a + 5], 'EX', ARGV[a + 6]) end
      end
    end
  end
  answers[i] = answer
end
for i = count * 4 + 1, #KEYS do redis.pcall('DEL', KEYS[i]) end
return answers
`;

/**
 * Raises a ceiling of tokens, and never lowers it.
 *
 * Keys: the ceiling. Arguments: the token, seconds that it stays.
 */
export const raiseScript = `
local token = math.max(tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '') or 0)
redis.call('SET', KEYS[1], string.format('%.0f', token), 'EX', ARGV[2])
return string.format('%.0f', token)
`;

/**
 * Removes from a stream what all of its groups have acknowledged, where it is longer than it is to be. Who reads it by no
 * group cannot be asked: without groups it stays as it is.
 *
 * Keys: the stream. Arguments: about how many entries it is to have.
 */
export const trimScript = `
if redis.call('XLEN', KEYS[1]) <= tonumber(ARGV[1]) then return 0 end
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local oldest
for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local fields = {}
  for i = 1, #group, 2 do fields[group[i]] = group[i + 1] end
  local id = fields['last-delivered-id']
  if fields.pending > 0 then id = redis.call('XPENDING', KEYS[1], fields.name)[2] end
  local ms, seq = parts(id)
  local oldestMs, oldestSeq = parts(oldest or id)
  if not oldest or ms < oldestMs or (ms == oldestMs and seq < oldestSeq) then oldest = id end
end
return oldest and redis.call('XTRIM', KEYS[1], 'MINID', '~', oldest) or 0
`;

/**
 * Moves an entry that waits for us to the dead letters; once, however often it is asked.
 *
 * Keys: dead letters, stream. Arguments: group, the entry's id, how many dead letters are kept, then names and values.
 */
export const buryScript = `
if #redis.call('XPENDING', KEYS[2], ARGV[1], ARGV[2], ARGV[2], 1) == 0 then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', unpack(ARGV, 4))
redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
return 1
`;

/**
 * Writes down a message of ours that can never be written where it belongs; once, however often it is asked.
 *
 * Keys: dead letters, guard. Arguments: seconds that the guard stays, how many dead letters are kept, then names and
 * values.
 */
export const buryOursScript = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', unpack(ARGV, 3))
redis.pcall('SET', KEYS[2], '1', 'EX', ARGV[1])
return 1
`;
