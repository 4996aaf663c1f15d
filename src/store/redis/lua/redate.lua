-- Dates to now what a dashboard has booked ahead of the clock: points merge into the present bucket, ledger entries
-- keep their order, and the dashboard continues in a new epoch. Repeating it is safe.
--
-- KEYS, all in one slot: 1 the dashboard, 2 replies by idempotency key, 3 the same keys by their end, 4 the ledger,
--   5 what undid its entries; then the streams of points of each counter, one for each kind of rows.
-- ARGV: 1 the data form that the instance knows, 2 the time of day, 3 how far a dashboard may be ahead of it, ms,
--   4 time to live of idempotency keys, ms, 5 the new epoch, 6 channel, 7 version of the definition, 8, 9 start and end
--   of the day of the dashboard that the time of day is in; then the names of the counters.
-- Returns 1 if the dashboard was ahead, 0 if it was not, or `definition` if its definition has another version.

local dashboard_key, replies_key, expiry_key, ledger_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, lead_ms, key_ttl_ms = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local new_epoch, channel, day_start = ARGV[5], ARGV[6], tonumber(ARGV[8])
-- Number of keys before those of points, and of arguments before the names of counters.
local POINTS_OFFSET, NAMES_OFFSET = 5, 9
local ROWS_PER_READ = 500

-- @include to-text.lua

local header = redis.call('HMGET', dashboard_key, 'revision', 'at', 'version', 'form')
if not header[1] or tonumber(header[4] or 1) ~= tonumber(ARGV[1]) then return 0 end
if tonumber(header[2]) <= now + lead_ms then return 0 end
if header[3] ~= ARGV[7] then return 'definition' end
local now_text = to_text(now)

-- Removes the entries of a stream from an id on, so that it can be appended to.
local function cut(key, from)
  local last = redis.call('XREVRANGE', key, '(' .. from, '-', 'COUNT', 1)[1]
  if not last then return redis.call('UNLINK', key) end
  repeat
    local beyond = redis.call('XRANGE', key, from, '+', 'COUNT', ROWS_PER_READ)
    for _, entry in ipairs(beyond) do redis.call('XDEL', key, entry[1]) end
  until #beyond < ROWS_PER_READ
  redis.call('XSETID', key, last[1])
end

-- Calls `visit` with the fields of each entry of a stream from an id on.
local function visit_entries(key, from, visit)
  repeat
    local entries = redis.call('XRANGE', key, from, '+', 'COUNT', ROWS_PER_READ)
    for _, entry in ipairs(entries) do
      local values = {}
      for place = 1, #entry[2], 2 do values[entry[2][place]] = entry[2][place + 1] end
      visit(values)
      from = '(' .. entry[1]
    end
  until #entries < ROWS_PER_READ
end

-- The buckets that began after the present one become part of it: a counter gets the totals at the start of the
-- earliest, a gauge the extremes of all.
local fields = {}
for position = 1, #ARGV - NAMES_OFFSET do
  local field = 'c:' .. ARGV[NAMES_OFFSET + position]
  local parts = {}
  for part in string.gmatch(redis.call('HGET', dashboard_key, field) or '', '%S+') do parts[#parts + 1] = part end
  local is_gauge = string.byte(parts[2] or '') == 103
  for index, widths in ipairs(BUCKETS) do
    local start = index == #BUCKETS and day_start or now - now % widths[1]
    local open = index * 3 + 2
    if parts[open] and tonumber(parts[open]) > start then
      local stream = KEYS[POINTS_OFFSET + (position - 1) * #BUCKETS + index]
      local from, is_first = to_text(start) .. '-0', true
      parts[open] = to_text(start)
      visit_entries(stream, from, function(values)
        if is_gauge then
          parts[open + 1] = to_text(math.min(tonumber(parts[open + 1]), tonumber(values.l)))
          parts[open + 2] = to_text(math.max(tonumber(parts[open + 2]), tonumber(values.m)))
        elseif is_first then
          parts[open + 1], parts[open + 2] = values.x, values.y
        end
        is_first = false
      end)
      if not is_first then cut(stream, from) end
    end
  end
  fields[#fields + 1] = field
  fields[#fields + 1] = table.concat(parts, ' ')
end

-- An id cannot be taken twice, so the entries are removed first.
local later, before = {}, '+'
repeat
  local entries = redis.call('XREVRANGE', ledger_key, before, '-', 'COUNT', ROWS_PER_READ)
  local is_done = #entries < ROWS_PER_READ
  for _, entry in ipairs(entries) do
    if tonumber(entry[2][2]) <= now then
      is_done = true
      break
    end
    later[#later + 1] = entry
    before = '(' .. entry[1]
  end
until is_done
if #later > 0 then cut(ledger_key, later[#later][1]) end
for index = #later, 1, -1 do
  redis.call('XADD', ledger_key, later[index][1], 't', now_text, 'e', later[index][2][4])
end

for _, key in ipairs(redis.call('ZRANGE', expiry_key, '(' .. to_text(now + key_ttl_ms), '+inf', 'BYSCORE')) do
  local stored = redis.call('HGET', replies_key, key)
  local fingerprint, used_at, keep_until, reply = string.match(stored or '', '^(%S+) (%d+) (%d+) (.*)$')
  if fingerprint and tonumber(used_at) > now then
    local new_end = to_text(tonumber(keep_until) - (tonumber(used_at) - now))
    redis.call('HSET', replies_key, key, fingerprint .. ' ' .. now_text .. ' ' .. new_end .. ' ' .. reply)
    redis.call('ZADD', expiry_key, new_end, key)
  end
end

fields[#fields + 1], fields[#fields + 2] = 'at', now_text
fields[#fields + 1], fields[#fields + 2] = 'epoch', new_epoch
fields[#fields + 1], fields[#fields + 2] = 'day-start', ARGV[8]
fields[#fields + 1], fields[#fields + 2] = 'day-end', ARGV[9]
for start = 1, #fields, 1000 do
  redis.call('HSET', dashboard_key, unpack(fields, start, math.min(start + 999, #fields)))
end
redis.call('SPUBLISH', channel, '{"epoch":"' .. new_epoch .. '","revision":' .. header[1] .. '}')
return 1
