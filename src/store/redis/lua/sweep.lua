-- Deletes what has expired of one dashboard, a bounded number of each kind. Repeating it is safe.
--
-- KEYS, all in one slot: 1 the dashboard, 2 replies by idempotency key, 3 the same keys by their end, 4 the ledger,
--   5 what undid its entries; then the streams of points of some counters, one for each kind of rows.
-- ARGV: 1 the data form that the instance knows, 2 the time by which data expires, 3, 4 retention of ledger entries,
--   ms, and their number.
-- Returns 1 if more may have expired, otherwise 0.

local dashboard_key, replies_key, expiry_key, ledger_key, undone_key = unpack(KEYS, 1, 5)
local expiry, ledger_ttl_ms, ledger_entries = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ROWS_PER_STEP = 500

-- @include to-text.lua

local header = redis.call('HMGET', dashboard_key, 'revision', 'form')
if not header[1] or tonumber(header[2] or 1) ~= tonumber(ARGV[1]) then return 0 end
local has_more = 0

local keys = redis.call('ZRANGE', expiry_key, '-inf', to_text(expiry), 'BYSCORE', 'LIMIT', 0, ROWS_PER_STEP)
if #keys > 0 then
  redis.call('HDEL', replies_key, unpack(keys))
  redis.call('ZREM', expiry_key, unpack(keys))
end
if #keys == ROWS_PER_STEP then has_more = 1 end

local entries = redis.call('XRANGE', ledger_key, '-', '+', 'COUNT', ROWS_PER_STEP)
local first_kept = tonumber(header[1]) - ledger_entries + 1
local expired = 0
for _, entry in ipairs(entries) do
  local revision = tonumber(string.match(entry[1], '^%d+'))
  if revision >= first_kept and tonumber(entry[2][2]) > expiry - ledger_ttl_ms then break end
  expired = revision
end
if expired > 0 then
  redis.call('XTRIM', ledger_key, 'MINID', to_text(expired + 1))
  redis.call('ZREMRANGEBYSCORE', undone_key, '-inf', to_text(expired))
end
if #entries == ROWS_PER_STEP and expired == tonumber(string.match(entries[#entries][1], '^%d+')) then has_more = 1 end

for index = 6, #KEYS do
  local step_ms, keep_ms = unpack(BUCKETS[(index - 6) % #BUCKETS + 1])
  redis.call('XTRIM', KEYS[index], 'MINID', to_text(math.max(0, expiry - keep_ms - step_ms)))
  if redis.call('XLEN', KEYS[index]) == 0 then redis.call('UNLINK', KEYS[index]) end
end
return has_more
