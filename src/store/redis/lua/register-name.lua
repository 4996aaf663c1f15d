-- Adds a name to the names of dashboards, unless there are too many.
-- KEYS: the names. ARGV: a name, most names.
-- Returns how many there were when it is not added, else -1.

if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return -1 end
local there = redis.call('ZCARD', KEYS[1])
if there >= tonumber(ARGV[2]) then return there end
redis.call('ZADD', KEYS[1], 0, ARGV[1])
return -1
