-- Deletes the documents that a removed dashboard has left.
-- KEYS, all in one slot: 1 the dashboard, 2 its documents, 3 their names.

local epoch, generation = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'generation'))
local stored_generation = string.match(redis.call('HGET', KEYS[2], '') or '', '^(%S*) ')
if epoch and stored_generation == (generation or '') then return 0 end
return redis.call('UNLINK', KEYS[2], KEYS[3])
