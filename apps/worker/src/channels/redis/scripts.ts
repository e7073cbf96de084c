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
 * Keys: for each message its guard, its channel, the lease and the key that is written beside it (the guard, where there
 * is none); then guards that nothing asks for any more. Arguments: seconds that a guard stays, how many messages; then
 * for each its mode, its text, the stream's length, the lease's token, and value and seconds of the key beside it, empty
 * where there is none. Answers for each `written`, `fenced`, `behind`, or Redis's error.
 *
 * The guard is asked before the lease: what was written while the lease was ours stays written when it is asked again.
 */
export const writeScript = `
local answers, failed = {}, {}
local count = tonumber(ARGV[2])
for i = 1, count do
  local k, a = (i - 1) * 4, 2 + (i - 1) * 6
  local guard, channel = KEYS[k + 1], KEYS[k + 2]
  local answer = 'written'
  if failed[channel] then
    answer = 'behind'
  elseif redis.call('EXISTS', guard) == 0 then
    local ours = true
    if ARGV[a + 4] ~= '' then
      local raw = redis.pcall('GET', KEYS[k + 3])
      local read, lease = pcall(cjson.decode, raw)
      ours = read and type(lease) == 'table' and tonumber(lease.token) == tonumber(ARGV[a + 4])
    end
    if not ours then
      answer = 'fenced'
    else
      local done
      if ARGV[a + 1] == 'streams' then
        done = redis.pcall('XADD', channel, 'MAXLEN', '~', ARGV[a + 3], '*', 'message', ARGV[a + 2])
      else
        done = redis.pcall('PUBLISH', channel, ARGV[a + 2])
      end
      if type(done) == 'table' and done.err then
        failed[channel] = true
        answer = done.err
      else
        redis.pcall('SET', guard, '1', 'EX', ARGV[1])
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
