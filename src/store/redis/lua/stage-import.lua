-- Adds one batch to what an import has staged, where nobody looks, once however often it is sent.
-- KEYS: 1 the staged dashboard, 2 where to, 3 for idempotency keys the list of their ages. All in one slot.
-- ARGV: 1 who imports, 2 number of the batch, one more than that of the one before, 3 milliseconds that leftovers are
-- kept, 4 `ledger` (then revision, time, entry each), `points` (start, added, removed, added and removed as it began),
-- `keys` (key, what is kept under it, time and key) or `fields` (field, value).
-- Returns `ok`; `other` when another import has taken over; `lost` when the server has lost what was staged before.

local dashboard_key, target_key, ages_key = KEYS[1], KEYS[2], KEYS[3]
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
elseif kind == 'points' then
  for index = 5, #ARGV, 5 do
    redis.call('XADD', target_key, ARGV[index] .. '-0',
      'a', ARGV[index + 1], 'r', ARGV[index + 2], 'x', ARGV[index + 3], 'y', ARGV[index + 4])
  end
elseif kind == 'keys' then
  for index = 5, #ARGV, 3 do
    redis.call('HSET', target_key, ARGV[index], ARGV[index + 1])
    redis.call('RPUSH', ages_key, ARGV[index + 2])
  end
else
  for index = 5, #ARGV, 2 do redis.call('HSET', dashboard_key, ARGV[index], ARGV[index + 1]) end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl_ms) end
return 'ok'
