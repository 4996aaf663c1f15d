-- Moves one dashboard on from the first data form to the second. One atomic step; repeating it changes nothing.
--
-- In the first form idempotency keys had no owner and no end: a hash from key to `fingerprint time reply`, and a list
-- of `time key`. Here they belong to everybody and end `key_ttl_ms` after their time.
--
-- KEYS, all in one slot: 1 the dashboard, 2 replies by idempotency key, 3 the same keys by their end, 4 the list of the
--   first form, 5 the ledger; then the streams of points.
-- ARGV: 1 time to live of the keys, ms.
-- Returns 1 if the dashboard was moved, 0 if there was nothing to move.

local dashboard_key, replies_key, expiry_key, ages_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local key_ttl_ms = tonumber(ARGV[1])
local header = redis.call('HMGET', dashboard_key, 'epoch', 'form')
if not header[1] then
  -- A dashboard that was lost may have left its list.
  redis.call('UNLINK', ages_key)
  return 0
end
if tonumber(header[2] or 1) ~= 1 then return 0 end

local shared_until, cursor = 0, '0'
redis.call('UNLINK', expiry_key)
repeat
  local page = redis.call('HSCAN', replies_key, cursor, 'COUNT', 500)
  cursor = page[1]
  local fields, replies, ends = page[2], {}, {}
  for index = 1, #fields, 2 do
    local fingerprint, used_at, reply = string.match(fields[index + 1], '^(%S+) (%d+) (%[.*)$')
    -- The field without a name is the mark of the generation. A field can come twice.
    if fingerprint and fields[index] ~= '' then
      local keep_until = tonumber(used_at) + key_ttl_ms
      local end_text = string.format('%.0f', keep_until)
      local count = #replies
      replies[count + 1] = fields[index]
      replies[count + 2] = fingerprint .. ' ' .. used_at .. ' ' .. end_text .. ' ' .. reply
      ends[count + 1], ends[count + 2] = end_text, fields[index]
      shared_until = math.max(shared_until, keep_until)
    end
  end
  -- A hash with few fields comes as one page, whatever COUNT says.
  for start = 1, #replies, 1000 do
    local last = math.min(start + 999, #replies)
    redis.call('HSET', replies_key, unpack(replies, start, last))
    redis.call('ZADD', expiry_key, unpack(ends, start, last))
  end
until cursor == '0'
redis.call('UNLINK', ages_key)
redis.call('HSET', dashboard_key, 'form', '2', 'shared-until', string.format('%.0f', shared_until))
for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
return 1
