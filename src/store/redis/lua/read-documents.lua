-- Reads a range of documents of a dashboard, and their version.
--
-- KEYS, all in one slot: 1 the dashboard, 2 its documents, 3 their names.
-- ARGV: 1 `ZRANGEBYLEX` or `ZREVRANGEBYLEX`, 2, 3 where the range starts and ends in this direction, 4 most documents.
-- Returns epoch, version, and name and value of each document; nothing without the dashboard.

local epoch, generation = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'generation'))
if not epoch then return {} end
local stored_generation, version = string.match(redis.call('HGET', KEYS[2], '') or '', '^(%S*) (%d+)$')
if stored_generation ~= (generation or '') then return {epoch, '0'} end
local reply = {epoch, version}
for _, name in ipairs(redis.call(ARGV[1], KEYS[3], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])) do
  -- An import adds the name of the version too.
  if name ~= '' then
    reply[#reply + 1] = name
    reply[#reply + 1] = redis.call('HGET', KEYS[2], name) or ''
  end
end
return reply
