-- Adds a dashboard name to the index, unless it is full. An empty index gets the number of the data form with it.
-- KEYS, in one slot: 1 the index, 2 the number of the data form.
-- ARGV: 1 the name, 2 the limit, 3 the data form that the instance knows.
-- Returns -1 if the name is in the index now, otherwise the number of names; or the other data form, as text.

local names_key = KEYS[1]
local name, max_names = ARGV[1], tonumber(ARGV[2])
local form = redis.call('GET', KEYS[2])
local count = redis.call('ZCARD', names_key)
if not form and count == 0 then
  redis.call('SET', KEYS[2], ARGV[3])
elseif tonumber(form or 1) ~= tonumber(ARGV[3]) then
  return form or '1'
end
if redis.call('ZSCORE', names_key, name) then return -1 end
if count >= max_names then return count end
redis.call('ZADD', names_key, 0, name)
return -1
