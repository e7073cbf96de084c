/** Reading and writing an agent's state in Redis, by compare-and-set. */
import type { BridgePort } from "../../../channels/index.ts";
import { agentKeys } from "./agent-keys.ts";
import { type StateDocument, documentOf } from "./state-document.ts";

/** Key: state. Answers the kind of the key, and what it holds. */
export const readScript = `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then return {'string', redis.call('GET', KEYS[1])} end
if kind == 'hash' then
  local answer = {'hash'}
  for _, text in ipairs(redis.call('HGETALL', KEYS[1])) do answer[#answer + 1] = text end
  return answer
end
return {kind}
`;

/**
 * Writes where the key still is as it was read.
 * Key: state. Arguments: kind (`none`, `json`, `hash`); JSON, or the fields of a hash, as they were read; the same as
 * they are to be. Answers 1, or 0 where somebody wrote meanwhile.
 */
export const writeScript = `
local kind = redis.call('TYPE', KEYS[1]).ok
if ARGV[1] == 'hash' then
  if kind ~= 'hash' then return 0 end
  for name, text in pairs(cjson.decode(ARGV[2])) do
    if redis.call('HGET', KEYS[1], name) ~= text then return 0 end
  end
  for name, text in pairs(cjson.decode(ARGV[3])) do redis.call('HSET', KEYS[1], name, text) end
  return 1
end
if kind == 'string' then
  if redis.call('GET', KEYS[1]) ~= ARGV[2] then return 0 end
elseif kind ~= 'none' or ARGV[1] ~= 'none' then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3])
return 1
`;

type Scripts = Pick<BridgePort, "script">;

/** @throws OrreryError `upstream_failed` */
export const readState = async (port: Scripts, fuseAgentId: string): Promise<StateDocument> =>
  documentOf(await port.script(readScript, [agentKeys(fuseAgentId).state], []));

/**
 * Writes a state in place of the one that was read. False where somebody wrote meanwhile.
 * @throws OrreryError `upstream_failed`
 */
export async function writeState(
  port: Scripts,
  fuseAgentId: string,
  before: StateDocument,
  after: string | Record<string, string>,
): Promise<boolean> {
  const asText = (value: StateDocument["raw"]): string =>
    typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  const args = [before.kind, asText(before.raw), asText(after)];
  return (await port.script(writeScript, [agentKeys(fuseAgentId).state], args)) === 1;
}
