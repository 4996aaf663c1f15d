-- Puts what an import has staged in its place, and tells those who listen to the dashboard to read it.
-- KEYS: 1 the dashboard, 2 the staged one, then each other key that is staged and where it goes, then what goes away. All in one slot.
-- ARGV: 1 who imports, 2 and 3 `epoch revision at` of what stands there, or nothing, and of what is to, 4 channel, 5 what is published,
-- 6 how many other keys are staged, and for each the command that tells its length, the length, and a command and a time to expire it.
-- Returns `ok`; `moved` when something else stands there; `lost` when what was staged is not whole. Then nothing is changed.

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
