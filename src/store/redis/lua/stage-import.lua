-- Stages one batch of an import under keys that nothing else reads. A batch that is repeated is added once.
--
-- KEYS, all in one slot: 1 the staged dashboard, 2 the staged key to add to, 3 the staged ends of idempotency keys.
-- ARGV:
--   1 id of the import
--   2 number of the batch, one greater than that of the batch before
--   3 lifetime of the staged keys, ms
--   4 the kind, followed by its rows:
--      ledger: revision, time, entry
--      undone: revision that was undone, revision that undid it
--      points: start time, added, removed, and both totals at the start
--      levels: start time, and the level at the end, the least and the most
--      keys: `owner NUL key`, stored reply, end
--      fields: field, value
-- Returns `ok`; `other` if another import has taken over; `lost` if the server has lost staged data.

local dashboard_key, target_key, expiry_key = KEYS[1], KEYS[2], KEYS[3]
local import_id, batch, ttl_ms, kind = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local staged = redis.call('HMGET', dashboard_key, 'run', 'batch')
if not staged[1] then return 'lost' end
if staged[1] ~= import_id then return 'other' end
if tonumber(staged[2]) == batch then return 'ok' end
if tonumber(staged[2]) ~= batch - 1 then return 'lost' end
redis.call('HSET', dashboard_key, 'batch', ARGV[2])
if kind == 'ledger' then
  for index = 5, #ARGV, 3 do
    redis.call('XADD', target_key, ARGV[index] .. '-0', 't', ARGV[index + 1], 'e', ARGV[index + 2])
  end
elseif kind == 'undone' then
  for index = 5, #ARGV, 2 do redis.call('ZADD', target_key, ARGV[index], ARGV[index + 1]) end
elseif kind == 'points' then
  for index = 5, #ARGV, 5 do
    redis.call('XADD', target_key, ARGV[index] .. '-0',
      'a', ARGV[index + 1], 'r', ARGV[index + 2], 'x', ARGV[index + 3], 'y', ARGV[index + 4])
  end
elseif kind == 'levels' then
  for index = 5, #ARGV, 4 do
    redis.call('XADD', target_key, ARGV[index] .. '-0',
      'v', ARGV[index + 1], 'l', ARGV[index + 2], 'm', ARGV[index + 3])
  end
elseif kind == 'keys' then
  for index = 5, #ARGV, 3 do
    redis.call('HSET', target_key, ARGV[index], ARGV[index + 1])
    redis.call('ZADD', expiry_key, ARGV[index + 2], ARGV[index])
  end
else
  for index = 5, #ARGV, 2 do redis.call('HSET', dashboard_key, ARGV[index], ARGV[index + 1]) end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl_ms) end
return 'ok'
