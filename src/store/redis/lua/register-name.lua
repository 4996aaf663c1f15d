-- Adds a name to the names of dashboards, unless there are too many.
-- KEYS: the names. ARGV: a name, most names.
-- Returns how many there were when it is not added, else -1.

local names_key = KEYS[1]
local name, max_names = ARGV[1], tonumber(ARGV[2])
if redis.call('ZSCORE', names_key, name) then return -1 end
local count = redis.call('ZCARD', names_key)
if count >= max_names then return count end
redis.call('ZADD', names_key, 0, name)
return -1
