/** The scripts of an import: what is brought is staged where nobody looks, and put in its place with one step. */

/**
 * Adds one batch to what is staged, once however often it is sent.
 * KEYS: 1 the staged dashboard, 2 where to, 3 for idempotency keys the list of their ages. All in one slot.
 * ARGV: 1 who imports, 2 number of the batch, one more than that of the one before, 3 milliseconds that leftovers are kept,
 * 4 `ledger` (then revision, time, entry each), `points` (start, added, removed, added and removed as it began), `keys` (key, what is
 * kept under it, time and key) or `fields` (field, value).
 * Returns `ok`; `other` when another import has taken over; `lost` when the server has lost what was staged before.
 */
export const STAGE = `
local run, batch, keep_ms, kind = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local staged = redis.call('HMGET', KEYS[1], 'run', 'batch')
if not staged[1] then return 'lost' end
if staged[1] ~= run then return 'other' end
if tonumber(staged[2]) == batch then return 'ok' end
if tonumber(staged[2]) ~= batch - 1 then return 'lost' end
redis.call('HSET', KEYS[1], 'batch', ARGV[2])
if kind == 'ledger' then
  for index = 5, #ARGV, 3 do redis.call('XADD', KEYS[2], ARGV[index] .. '-0', 't', ARGV[index + 1], 'e', ARGV[index + 2]) end
elseif kind == 'points' then
  for index = 5, #ARGV, 5 do
    redis.call('XADD', KEYS[2], ARGV[index] .. '-0', 'a', ARGV[index + 1], 'r', ARGV[index + 2], 'x', ARGV[index + 3], 'y', ARGV[index + 4])
  end
elseif kind == 'keys' then
  for index = 5, #ARGV, 3 do
    redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1])
    redis.call('RPUSH', KEYS[3], ARGV[index + 2])
  end
else
  for index = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1]) end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, keep_ms) end
return 'ok'
`;

/**
 * Puts what is staged in its place, and tells those who listen to the dashboard to read it.
 * KEYS: 1 the dashboard, 2 the staged one, then each other key that is staged and where it goes, then what goes away. All in one slot.
 * ARGV: 1 who imports, 2 and 3 `epoch revision at` of what stands there, or nothing, and of what is to, 4 channel, 5 what is published,
 * 6 how many other keys are staged, and for each the command that tells its length, the length, and a command and a time to expire it.
 * Returns `ok`; `moved` when something else stands there; `lost` when what was staged is not whole. Then nothing is changed.
 */
export const SWITCH = `
local function standing()
  local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'at')
  return head[1] and head[1] .. ' ' .. head[2] .. ' ' .. head[3] or ''
end
if redis.call('HGET', KEYS[2], 'run') ~= ARGV[1] then return standing() == ARGV[3] and 'ok' or 'lost' end
if standing() ~= ARGV[2] then return 'moved' end
local staged = tonumber(ARGV[6])
for index = 1, staged do
  if redis.call(ARGV[3 + index * 4], KEYS[1 + index * 2]) ~= tonumber(ARGV[4 + index * 4]) then return 'lost' end
end
for index = 3 + staged * 2, #KEYS do redis.call('UNLINK', KEYS[index]) end
redis.call('HDEL', KEYS[2], 'run', 'batch')
redis.call('RENAME', KEYS[2], KEYS[1])
redis.call('PERSIST', KEYS[1])
for index = 1, staged do
  local key = KEYS[2 + index * 2]
  redis.call('RENAME', KEYS[1 + index * 2], key)
  redis.call(ARGV[5 + index * 4], key, ARGV[6 + index * 4])
end
redis.call('SPUBLISH', ARGV[4], ARGV[5])
return 'ok'
`;
