-- Finds out whether a change of a dashboard would be carried out. Writes nothing but an empty string.
--
-- KEYS, all in one slot:
--   1 the dashboard, 2 replies by idempotency key, 3 idempotency keys by age, 4 the ledger, 5 the instance's last call
-- ARGV: 1 channel, 2 the index of names, 3 `1` if replicas or disks must confirm changes
-- Returns JSON: `now`, the server's time; `denied`, commands that the user may not run, each with its key or channel;
-- `misplaced`, keys that hold another type than the store's.

-- @include to-text.lua
-- @include time.lua
-- @include permissions.lua

-- An empty write: it fails wherever a change would, for example when memory is full.
redis.call('SETRANGE', KEYS[5], 0, '')
local denied = list_denied_commands(KEYS[1], ARGV[2], ARGV[1], ARGV[3] == '1')
local misplaced = {}
for index, expected in ipairs({'hash', 'hash', 'list', 'stream'}) do
  local found = redis.call('TYPE', KEYS[index]).ok
  if found ~= 'none' and found ~= expected then
    misplaced[#misplaced + 1] = KEYS[index] .. ' is a ' .. found .. ' and no ' .. expected
  end
end
local function encode(list) return #list > 0 and cjson.encode(list) or '[]' end
return '{"now":' .. to_text(now) .. ',"denied":' .. encode(denied) .. ',"misplaced":' .. encode(misplaced) .. '}'
