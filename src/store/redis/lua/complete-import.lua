-- Puts what an import has staged in its place, and tells those who listen to the dashboard to read it.
-- KEYS: 1 the dashboard, 2 the staged one, then each other key that is staged and where it goes, then what goes away.
-- All in one slot.
-- ARGV: 1 who imports, 2 and 3 `epoch revision at` of what stands there, or nothing, and of what is to, 4 channel,
-- 5 what is published, 6 how many other keys are staged, and for each the command that tells its length, the length,
-- and a command and a time to expire it.
-- Returns `ok`; `moved` when something else stands there; `lost` when what was staged is not whole. Then nothing is
-- changed.

local dashboard_key, staged_key = KEYS[1], KEYS[2]
local import_id, replaced_version, new_version, channel, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local staged_count = tonumber(ARGV[6])

local function read_version()
  local header = redis.call('HMGET', dashboard_key, 'epoch', 'revision', 'at')
  return header[1] and header[1] .. ' ' .. header[2] .. ' ' .. header[3] or ''
end

if redis.call('HGET', staged_key, 'run') ~= import_id then return read_version() == new_version and 'ok' or 'lost' end
if read_version() ~= replaced_version then return 'moved' end
for index = 1, staged_count do
  local length_command, length = ARGV[3 + index * 4], tonumber(ARGV[4 + index * 4])
  if redis.call(length_command, KEYS[1 + index * 2]) ~= length then return 'lost' end
end
for index = 3 + staged_count * 2, #KEYS do redis.call('UNLINK', KEYS[index]) end
redis.call('HDEL', staged_key, 'run', 'batch')
redis.call('RENAME', staged_key, dashboard_key)
redis.call('PERSIST', dashboard_key)
for index = 1, staged_count do
  local key, expire_command, expiry = KEYS[2 + index * 2], ARGV[5 + index * 4], ARGV[6 + index * 4]
  redis.call('RENAME', KEYS[1 + index * 2], key)
  redis.call(expire_command, key, expiry)
end
redis.call('SPUBLISH', channel, message)
return 'ok'
