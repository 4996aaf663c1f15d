-- The part of the step that all kinds of groups share: reading where a dashboard is, and moving it on.
-- What is decided is written at the end: whatever goes wrong before leaves nothing half done.
-- A counter is kept as `value added removed`, and for each step the open bucket: `start added removed`, totals as it
-- began. A start of 0 is none: an import brings no bucket that is past its time (redis.import.ts).

-- The keys of the points of each counter come after these.
local points_offsets = {}
for index = 1, counter_count do
  points_offsets[ARGV[NAMES_OFFSET + index]] = POINTS_OFFSET + (index - 1) * #BUCKETS
end

local header = redis.call('HMGET', dashboard_key, 'epoch', 'revision', 'at', 'births', 'size')
local epoch, revision = header[1], tonumber(header[2] or 0)
local last_position, size = tonumber(header[4] or 0), tonumber(header[5] or 0)
local first_revision, at = revision, math.max(now, tonumber(header[3] or 0))
local at_text = to_text(at)
local is_new_epoch = false
local writes = {}

local function enqueue(...) writes[#writes + 1] = {...} end

local function enqueue_hset(key, fields)
  for start = 1, #fields, 1000 do enqueue('HSET', key, unpack(fields, start, math.min(start + 999, #fields))) end
end

-- The server has lost what an instance has seen: revisions of one epoch never go back.
if epoch and epoch == known_epoch and revision < known_revision then
  epoch, is_new_epoch = new_epoch, true
  enqueue('HSET', dashboard_key, 'epoch', epoch)
end

local counters = {}

local function read_counter(name)
  local known = counters[name]
  if known ~= nil then return known end
  local text = redis.call('HGET', dashboard_key, 'c:' .. name)
  local counter = false
  if text then
    local parts = {}
    for part in string.gmatch(text, '%S+') do parts[#parts + 1] = part end
    counter = {value = tonumber(parts[1]), added = parts[2], removed = parts[3], buckets = {}}
    for index = 1, #BUCKETS do
      local start = parts[index * 3 + 1]
      if start then
        counter.buckets[index] = {tonumber(start), parts[index * 3 + 2], parts[index * 3 + 3]}
      end
    end
  end
  counters[name] = counter
  return counter
end

-- Begins the buckets that 'at' lies in. Those that ended go to their streams, with the totals at their beginning and
-- end.
local function roll_buckets(name, counter)
  counter.is_rolled = true
  for index, widths in ipairs(BUCKETS) do
    local step_ms, keep_ms = widths[1], widths[2]
    local start = at - at % step_ms
    local bucket = counter.buckets[index]
    if not bucket or bucket[1] ~= start then
      if bucket and bucket[1] > 0 then
        local stream = KEYS[points_offsets[name] + index]
        enqueue('XADD', stream, 'MINID', '~', to_text(math.max(0, at - keep_ms - step_ms)), to_text(bucket[1]) .. '-0',
          'a', counter.added, 'r', counter.removed, 'x', bucket[2], 'y', bucket[3])
        enqueue('PEXPIRE', stream, to_text(keep_ms + 2 * step_ms))
      end
      counter.buckets[index] = {start, counter.added, counter.removed}
    end
  end
end

local function encode_counter(counter)
  local parts = {to_text(counter.value), counter.added, counter.removed}
  for index = 1, #BUCKETS do
    local bucket = counter.buckets[index]
    if bucket then
      parts[#parts + 1] = to_text(bucket[1])
      parts[#parts + 1] = bucket[2]
      parts[#parts + 1] = bucket[3]
    end
  end
  return table.concat(parts, ' ')
end

-- Moves one counter on. Answers with its value and its total, as JSON.
local function set_counter(name, value, added, removed)
  local counter = counters[name]
  if not counter.is_rolled then roll_buckets(name, counter) end
  counter.value, counter.added, counter.removed, counter.is_changed = value, added, removed, true
  local field = '"' .. name .. '":'
  return field .. to_text(value), field .. added
end

-- Moves the dashboard on by one revision. Answers with it as text.
local function append_entry(entry)
  revision = revision + 1
  local revision_text = to_text(revision)
  enqueue('XADD', ledger_key, revision_text .. '-0', 't', at_text, 'e', entry)
  return revision_text
end

-- Moves the dashboard on by one revision. Answers with that, and with the values and the totals of the counters that it
-- touched, as JSON.
local function append_change_set(names, changed, entry)
  local values, totals = {}, {}
  for index, name in ipairs(names) do
    local counter = changed[name]
    values[index], totals[index] = set_counter(name, counter.value, counter.added, counter.removed)
  end
  return append_entry(entry), table.concat(values, ','), table.concat(totals, ',')
end

local function encode_outcome(revision_text, values, totals)
  return '{"n":' .. revision_text .. ',"t":' .. at_text .. ',"c":{' .. values .. '},"a":{' .. totals .. '}}'
end
