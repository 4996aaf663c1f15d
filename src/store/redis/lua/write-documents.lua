-- Changes documents of a dashboard in one atomic step, if they have the expected version.
--
-- KEYS, all in one slot: 1 the dashboard, 2 its documents, 3 their names.
-- ARGV: 1, 2 expected epoch and version, 3 number of documents to put, followed by the name and the value of each; then
-- the names of documents to remove.
-- Returns the new version; `moved` if epoch or version are others; `unknown` without the dashboard.
-- The field without a name is the generation of the dashboard and the version.

local dashboard_key, documents_key, names_key = KEYS[1], KEYS[2], KEYS[3]
local epoch, generation = unpack(redis.call('HMGET', dashboard_key, 'epoch', 'generation'))
if not epoch then return 'unknown' end
if epoch ~= ARGV[1] then return 'moved' end
local stored_generation, version = string.match(redis.call('HGET', documents_key, '') or '', '^(%S*) (%d+)$')
-- Documents of a removed dashboard of the same name.
local is_foreign = stored_generation ~= (generation or '')
if is_foreign then version = 0 end
if tonumber(version) ~= tonumber(ARGV[2]) then return 'moved' end
if is_foreign then redis.call('UNLINK', documents_key, names_key) end
local next_version = string.format('%.0f', version + 1)
redis.call('HSET', documents_key, '', (generation or '') .. ' ' .. next_version)
local first_removed = 4 + 2 * tonumber(ARGV[3])
for index = 4, first_removed - 1, 2 do
  redis.call('HSET', documents_key, ARGV[index], ARGV[index + 1])
  redis.call('ZADD', names_key, 0, ARGV[index])
end
for index = first_removed, #ARGV do
  redis.call('HDEL', documents_key, ARGV[index])
  redis.call('ZREM', names_key, ARGV[index])
end
return next_version
