-- Adds a dashboard name to the index, unless it is full.
-- KEYS, in one slot: 1 the index, 2 the number of the data form.
-- ARGV: 1 the name, 2 the limit, 3 the data form that the instance knows.
-- Returns -1 if the name is in the index now, otherwise the number of names; or the other data form, as text.

local names_key = KEYS[1]
local name, max_names = ARGV[1], tonumber(ARGV[2])
local form = redis.call('GET', KEYS[2])
if form and tonumber(form) ~= tonumber(ARGV[3]) then return form end
if redis.call('ZSCORE', names_key, name) then return -1 end
local count = redis.call('ZCARD', names_key)
if count >= max_names then return count end
redis.call('ZADD', names_key, 0, name)
return -1
