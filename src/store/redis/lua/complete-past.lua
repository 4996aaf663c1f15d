-- Books a staged past into a dashboard that has counted nothing yet, and tells subscribers to read it. Repeating it is
-- safe.
--
-- KEYS, all in one slot: 1 the dashboard, 2 the staged dashboard, then pairs of a staged key and its final key.
-- ARGV:
--   1 id of the past
--   2, 3 epoch and version of the definition that it was made for
--   4 epoch after it
--   5 channel; 6 message to publish, or empty if replicas or disks must confirm the past first
--   7 the data form that the instance knows
--   8 number of staged keys; then for each: the command that returns its length, and the length
--   then the fields to set in the dashboard, each with its value
-- Returns `ok`; `form` and a number if the dashboard has another data form; `unknown` if there is none; `counted` if it
-- is not at revision 0; `changed` if its definition is another one; `lost` if staged data is incomplete; `other` if
-- another past has taken over. Nothing changes then.

local dashboard_key, staged_key = KEYS[1], KEYS[2]
local past_id, epoch, version, new_epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local staged_count = tonumber(ARGV[8])
local present = redis.call('HMGET', dashboard_key, 'epoch', 'revision', 'version', 'form')
if not present[1] then return 'unknown' end
local form = present[4] or '1'
if tonumber(form) ~= tonumber(ARGV[7]) then return 'form ' .. form end
if present[1] == new_epoch then return 'ok' end
if present[2] ~= '0' then return 'counted' end
if present[1] ~= epoch or present[3] ~= version then return 'changed' end
local staged_by = redis.call('HGET', staged_key, 'run')
if staged_by ~= past_id then return staged_by and 'other' or 'lost' end
for index = 1, staged_count do
  local length_command, length = ARGV[7 + index * 2], tonumber(ARGV[8 + index * 2])
  if redis.call(length_command, KEYS[1 + index * 2]) ~= length then return 'lost' end
end
redis.call('UNLINK', staged_key)
for index = 1, staged_count do
  local key = KEYS[2 + index * 2]
  redis.call('RENAME', KEYS[1 + index * 2], key)
  redis.call('PERSIST', key)
end
for index = 9 + staged_count * 2, #ARGV, 2 do redis.call('HSET', dashboard_key, ARGV[index], ARGV[index + 1]) end
if ARGV[6] ~= '' then redis.call('SPUBLISH', ARGV[5], ARGV[6]) end
return 'ok'
