-- Adds a dashboard name to the index, unless it is full.
-- KEYS: the index. ARGV: 1 the name, 2 the limit.
-- Returns -1 if the name is in the index now, otherwise the number of names.

local names_key = KEYS[1]
local name, max_names = ARGV[1], tonumber(ARGV[2])
if redis.call('ZSCORE', names_key, name) then return -1 end
local count = redis.call('ZCARD', names_key)
if count >= max_names then return count end
redis.call('ZADD', names_key, 0, name)
return -1
