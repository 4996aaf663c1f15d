-- Adds one batch to what an import has staged, where nobody looks, once however often it is sent.
-- KEYS: 1 the staged dashboard, 2 where to, 3 for idempotency keys the list of their ages. All in one slot.
-- ARGV: 1 who imports, 2 number of the batch, one more than that of the one before, 3 milliseconds that leftovers are kept,
-- 4 `ledger` (then revision, time, entry each), `points` (start, added, removed, added and removed as it began), `keys` (key, what
-- is kept under it, time and key) or `fields` (field, value).
-- Returns `ok`; `other` when another import has taken over; `lost` when the server has lost what was staged before.

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
