-- Puts an imported dashboard in place of the existing one and tells subscribers to read it. Repeating it is safe.
--
-- KEYS, all in one slot: 1 the dashboard, 2 the staged dashboard, then pairs of a staged key and its final key, then
-- the keys to delete.
-- ARGV:
--   1 id of the import
--   2 version to replace, `epoch revision at`, or empty if there must be none
--   3 version after the import
--   4 channel, 5 message to publish, 6 the data form that the command knows
--   7 number of staged keys; then for each: the command that returns its length, and the length
-- Returns `ok`; `form` and a number if the existing dashboard has another data form; `moved` if another version is
-- there; `lost` if staged data is incomplete. Nothing changes then.

local dashboard_key, staged_key = KEYS[1], KEYS[2]
local import_id, replaced_version, new_version, channel, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local existing = redis.call('HMGET', dashboard_key, 'epoch', 'form')
local form = existing[1] and (existing[2] or '1')
if form and tonumber(form) ~= tonumber(ARGV[6]) then return 'form ' .. form end
local staged_count = tonumber(ARGV[7])

local function read_version()
  local header = redis.call('HMGET', dashboard_key, 'epoch', 'revision', 'at')
  return header[1] and header[1] .. ' ' .. header[2] .. ' ' .. header[3] or ''
end

if redis.call('HGET', staged_key, 'run') ~= import_id then return read_version() == new_version and 'ok' or 'lost' end
if read_version() ~= replaced_version then return 'moved' end
for index = 1, staged_count do
  local length_command, length = ARGV[6 + index * 2], tonumber(ARGV[7 + index * 2])
  if redis.call(length_command, KEYS[1 + index * 2]) ~= length then return 'lost' end
end
for index = 3 + staged_count * 2, #KEYS do redis.call('UNLINK', KEYS[index]) end
redis.call('HDEL', staged_key, 'run', 'batch')
redis.call('RENAME', staged_key, dashboard_key)
redis.call('PERSIST', dashboard_key)
for index = 1, staged_count do
  local key = KEYS[2 + index * 2]
  redis.call('RENAME', KEYS[1 + index * 2], key)
  redis.call('PERSIST', key)
end
redis.call('SPUBLISH', channel, message)
return 'ok'
