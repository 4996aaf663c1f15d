-- Moves one dashboard on from the first or second data form to the third, some counters at a time. The first step takes
-- it away from instances of the versions before: until the last one its form is 2.5, which no version knows. Repeating
-- a step changes nothing.
--
-- In the first form idempotency keys had no owner and no end: a hash from key to `fingerprint time reply`, and a list
-- of `time key`. Here they belong to everybody and end `key_ttl_ms` after their time.
-- In both earlier forms a dashboard had a title and no other settings, a counter `value added removed` and three open
-- buckets without a rule, and what is `singular` now was called `unit`. There were no days: they are made of the hours,
-- as days of UTC.
--
-- KEYS, all in one slot: 1 the dashboard, 2 replies by idempotency key, 3 the same keys by their end, 4 the list of the
--   first form, 5 the ledger; then the streams of points of the counters.
-- ARGV: 1 time to live of the keys, ms, 2 `1` in the last step; then the names of the counters.
-- Returns 1 if the dashboard was moved, 0 if there was nothing to move.

local dashboard_key, replies_key, expiry_key, ages_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local key_ttl_ms, is_last = tonumber(ARGV[1]), ARGV[2] == '1'
local HOUR_INDEX, DAY_INDEX = #BUCKETS - 1, #BUCKETS
local DAY_MS, DAY_KEEP_MS = unpack(BUCKETS[DAY_INDEX])
local POINTS_OFFSET, NAMES_OFFSET, ROWS_PER_READ = 5, 2, 500
local header = redis.call('HMGET', dashboard_key, 'epoch', 'form', 'title', 'at')
if not header[1] then
  -- A dashboard that was lost may have left its list.
  redis.call('UNLINK', ages_key)
  return 0
end
local form = tonumber(header[2] or 1)
if form == 3 then return 0 end

local function move_keys()
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
  redis.call('HSET', dashboard_key, 'shared-until', string.format('%.0f', shared_until))
end

-- Calls `visit` with the day of each ended hour, oldest first, and with the totals at its end and start.
local function visit_hours(stream, visit)
  local from = '-'
  repeat
    local entries = redis.call('XRANGE', stream, from, '+', 'COUNT', ROWS_PER_READ)
    for _, entry in ipairs(entries) do
      local start, fields = tonumber(string.match(entry[1], '^%d+')), entry[2]
      visit(start - start % DAY_MS, fields[2], fields[4], fields[6], fields[8])
      from = '(' .. entry[1]
    end
  until #entries < ROWS_PER_READ
end

-- Writes the rows of days that have ended. Returns `start added removed` of the open day.
local function move_days(hours, days, parts)
  local day
  local function append_day()
    redis.call('XADD', days, 'MINID', '~', string.format('%.0f', math.max(0, header[4] - DAY_KEEP_MS - DAY_MS)),
      string.format('%.0f-0', day.start), 'a', day.added, 'r', day.removed, 'x', day.x, 'y', day.y)
  end
  local function add_hour(start, added, removed, x, y)
    if day and day.start ~= start then
      append_day()
      day = nil
    end
    day = day or {start = start, x = x, y = y}
    day.added, day.removed = added, removed
  end
  redis.call('UNLINK', days)
  visit_hours(hours, add_hour)
  local open = HOUR_INDEX * 3 + 1
  local open_start = tonumber(parts[open])
  if open_start > 0 then
    add_hour(open_start - open_start % DAY_MS, parts[2], parts[3], parts[open + 1], parts[open + 2])
  end
  if not day then return '0 ' .. parts[2] .. ' ' .. parts[3] end
  return string.format('%.0f', day.start) .. ' ' .. day.x .. ' ' .. day.y
end

local function move_counter(name, first_stream)
  local parts, text = {}, redis.call('HGET', dashboard_key, 'c:' .. name)
  for part in string.gmatch(text or '', '%S+') do parts[#parts + 1] = part end
  local is_changed = #parts == HOUR_INDEX * 3 + 3
  -- A counter of the third form has a number of parts that is not a multiple of three.
  if #parts ~= 3 and not is_changed then return end
  local position, encoded = string.match(redis.call('HGET', dashboard_key, 'd:' .. name), '^(%d+) (.*)$')
  local definition, members = cjson.decode(encoded), {}
  if definition.title then members[1] = '"title":' .. cjson.encode(definition.title) end
  if definition.unit then members[#members + 1] = '"singular":' .. cjson.encode(definition.unit) end
  local days = is_changed and
    ' ' .. move_days(KEYS[first_stream + HOUR_INDEX], KEYS[first_stream + DAY_INDEX], parts) or ''
  redis.call('HSET', dashboard_key,
    'd:' .. name, position .. ' {' .. table.concat(members, ',') .. '}',
    'c:' .. name, parts[1] .. ' 0 ' .. table.concat(parts, ' ', 2) .. days)
end

if form < 2 then move_keys() end
if form ~= 2.5 then
  local title = header[3]
  redis.call('HSET', dashboard_key, 'form', '2.5', 'version', '1', 'reckoning', '00:00',
    'settings', title and '{"title":' .. cjson.encode(title) .. '}' or '{}')
  redis.call('HDEL', dashboard_key, 'title')
end
for index = NAMES_OFFSET + 1, #ARGV do
  move_counter(ARGV[index], POINTS_OFFSET + (index - NAMES_OFFSET - 1) * #BUCKETS)
end
if is_last then redis.call('HSET', dashboard_key, 'form', '3') end
for _, key in ipairs(KEYS) do redis.call('PERSIST', key) end
return 1
