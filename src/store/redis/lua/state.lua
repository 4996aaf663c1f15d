-- The part of the step that all kinds of groups share: reading where a dashboard is, and moving it on.
-- What is decided is written at the end: whatever goes wrong before leaves nothing half done.
-- A counter is kept as `value added removed`, and for each step the open bucket: `start added removed`, totals as it began.
-- A start of 0 is none: an import brings no bucket that is past its time (redis.import.ts).

local streams = {}
for index = 1, names do streams[ARGV[13 + index]] = 5 + (index - 1) * #BUCKETS end

local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'at', 'births', 'size')
local epoch, revision = head[1], tonumber(head[2] or 0)
local births, size = tonumber(head[4] or 0), tonumber(head[5] or 0)
local from, at = revision, math.max(now, tonumber(head[3] or 0))
local at_text = text(at)
local is_other = false
local writes = {}

local function write(...) writes[#writes + 1] = {...} end

-- The server has lost what an instance has seen: revisions of one epoch never go back.
if epoch and epoch == known_epoch and revision < known_revision then
  epoch, is_other = fresh_epoch, true
  write('HSET', KEYS[1], 'epoch', epoch)
end

local counters = {}

local function read(name)
  local known = counters[name]
  if known ~= nil then return known end
  local kept = redis.call('HGET', KEYS[1], 'c:' .. name)
  local counter = false
  if kept then
    local part = {}
    for word in string.gmatch(kept, '%S+') do part[#part + 1] = word end
    counter = {value = tonumber(part[1]), added = part[2], removed = part[3], buckets = {}}
    for index = 1, #BUCKETS do
      local start = part[index * 3 + 1]
      if start then
        counter.buckets[index] = {tonumber(start), part[index * 3 + 2], part[index * 3 + 3]}
      end
    end
  end
  counters[name] = counter
  return counter
end

-- Begins the buckets that 'at' lies in. Those that ended go to their streams, with the totals at their beginning and end.
local function open_buckets(name, counter)
  counter.is_open = true
  for index, step in ipairs(BUCKETS) do
    local start = at - at % step[1]
    local bucket = counter.buckets[index]
    if not bucket or bucket[1] ~= start then
      if bucket and bucket[1] > 0 then
        local stream = KEYS[streams[name] + index]
        write('XADD', stream, 'MINID', '~', text(math.max(0, at - step[2] - step[1])), text(bucket[1]) .. '-0',
          'a', counter.added, 'r', counter.removed, 'x', bucket[2], 'y', bucket[3])
        write('PEXPIRE', stream, text(step[2] + 2 * step[1]))
      end
      counter.buckets[index] = {start, counter.added, counter.removed}
    end
  end
end

local function kept(counter)
  local part = {text(counter.value), counter.added, counter.removed}
  for index = 1, #BUCKETS do
    local bucket = counter.buckets[index]
    if bucket then
      part[#part + 1] = text(bucket[1])
      part[#part + 1] = bucket[2]
      part[#part + 1] = bucket[3]
    end
  end
  return table.concat(part, ' ')
end

-- Moves one counter on. Answers with its value and its total, as JSON.
local function move(name, value, added, removed)
  local counter = counters[name]
  if not counter.is_open then open_buckets(name, counter) end
  counter.value, counter.added, counter.removed, counter.is_touched = value, added, removed, true
  local field = '"' .. name .. '":'
  return field .. text(value), field .. added
end

-- Moves the dashboard on by one revision. Answers with it as text.
local function enter(entry)
  revision = revision + 1
  local shown = text(revision)
  write('XADD', KEYS[4], shown .. '-0', 't', at_text, 'e', entry)
  return shown
end

-- Moves the dashboard on by one revision. Answers with that, and with the values and the totals of the counters that it touched, as JSON.
local function advance(order, touched, entry)
  local values, totals = {}, {}
  for index, name in ipairs(order) do
    local after = touched[name]
    values[index], totals[index] = move(name, after.value, after.added, after.removed)
  end
  return enter(entry), table.concat(values, ','), table.concat(totals, ',')
end

local function fresh(shown, values, totals)
  return '{"n":' .. shown .. ',"t":' .. at_text .. ',"c":{' .. values .. '},"a":{' .. totals .. '}}'
end

local function set_all(key, flat)
  for start = 1, #flat, 1000 do write('HSET', key, unpack(flat, start, math.min(start + 999, #flat))) end
end
