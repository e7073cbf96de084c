/**
 * Who answers for an agent, in Redis, changed by compare-and-set alone.
 *
 * `agent:{id}:owner` holds `{"owner":"orrery","token":n,"until":ms,"holder":"<bridge>","percent"?:n}` and expires with
 * the lease, or `{"owner":"legacy","token":n,"until":null}` and stays. `{agent:{id}:owner}:fence` is the last token given out:
 * it grows whenever the owner changes, and by that alone. A lease that ran out while nobody else took one is therefore
 * still the holder's, under the same token, and messages that wait under it need not be written anew.
 *
 * Fencing tokens: M. Kleppmann, "How to do distributed locking", 2016.
 */

/** What both scripts begin with: the entry as it is, and the last token. */
const read = `
local raw = redis.call('GET', KEYS[1])
local fence = tonumber(redis.call('GET', KEYS[2]) or '') or 0
local holder, held = ARGV[1], tonumber(ARGV[2])
local entry = {}
if raw then
  local ok, value = pcall(cjson.decode, raw)
  if ok and type(value) == 'table' then entry = value end
end
local token = tonumber(entry.token) or 0
local ours = entry.owner == 'orrery' and entry.holder == holder and token >= held and token > 0
local lapsed = not raw and held > 0 and fence <= held
`;

/**
 * Takes a lease, or renews the one that is held.
 *
 * Keys: owner, fence. Arguments: holder, token held (0: none), milliseconds, percentage (-1: not a canary), and from
 * whom it may be taken: `nobody` (renew only), `legacy` (anyone but another bridge) or `anyone`.
 * Answers the token, or 0 where it stays with another, and the entry that was there before.
 */
export const claimScript = `${read}
if ours then
  held = token
elseif lapsed and fence == held then
  token = held
else
  if ARGV[5] == 'nobody' then return {0, raw or ''} end
  if ARGV[5] == 'legacy' and entry.owner == 'orrery' and entry.holder ~= holder then return {0, raw} end
  held = math.max(fence, held, token) + 1
  redis.call('SET', KEYS[2], string.format('%.0f', held))
end
local time = redis.call('TIME')
local until_ = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
local share = ''
if ARGV[4] ~= '-1' then share = ',"percent":' .. ARGV[4] end
redis.call('SET', KEYS[1], string.format('{"owner":"orrery","token":%.0f,"until":%.0f,"holder":%s%s}',
  held, until_, cjson.encode(holder), share), 'PX', ARGV[3])
return {held, raw or ''}
`;

/**
 * Gives the agent back to the existing system, for good.
 *
 * Keys: owner, fence. Arguments: holder, token held. Answers the token of the existing system's ownership, or 0 where
 * another bridge owns the agent, and the entry that was there before. Done twice, it changes nothing more.
 */
export const giveBackScript = `${read}
if entry.owner == 'legacy' then return {token, raw} end
if not ours and not lapsed then return {0, raw or ''} end
held = math.max(fence, held, token) + 1
redis.call('SET', KEYS[2], string.format('%.0f', held))
redis.call('SET', KEYS[1], string.format('{"owner":"legacy","token":%.0f,"until":null}', held))
return {held, raw or ''}
`;
