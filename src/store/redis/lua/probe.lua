-- Finds out whether a change of a dashboard would be carried out. Writes nothing but an empty string.
--
-- KEYS, all in one slot:
--   1 the dashboard, 2 replies by idempotency key and owner, 3 the same keys by their end, 4 the ledger, 5 what undid
--   its entries, 6 the instance's last call
-- ARGV: 1 channel, 2 the index of names, 3 `1` if replicas or disks must confirm changes,
--   4 the data form that the instance knows
-- Returns JSON: `now`, the server's time; `denied`, commands that the user may not run, each with its key or channel;
-- `misplaced`, keys that hold another type than the store's; or `form` instead, if the dashboard has another data form.

-- @include to-text.lua
-- @include time.lua
-- @include permissions.lua

local header = redis.pcall('HMGET', KEYS[1], 'epoch', 'form')
local form = header[1] and (header[2] or '1')
if form and tonumber(form) ~= tonumber(ARGV[4]) then
  return '{"now":' .. to_text(now) .. ',"form":' .. cjson.encode(form) .. '}'
end
-- An empty write: it fails wherever a change would, for example when memory is full.
redis.call('SETRANGE', KEYS[6], 0, '')
local denied = list_denied_commands(KEYS[1], ARGV[2], ARGV[1], ARGV[3] == '1')
local misplaced = {}
for index, expected in ipairs({'hash', 'hash', 'zset', 'stream', 'zset'}) do
  local found = redis.call('TYPE', KEYS[index]).ok
  if found ~= 'none' and found ~= expected then
    misplaced[#misplaced + 1] = KEYS[index] .. ' is a ' .. found .. ' and no ' .. expected
  end
end
local function encode(list) return #list > 0 and cjson.encode(list) or '[]' end
return '{"now":' .. to_text(now) .. ',"denied":' .. encode(denied) .. ',"misplaced":' .. encode(misplaced) .. '}'
