/** The part of the step that all kinds of groups share, in Lua: reading where a dashboard is, moving it on, and writing it. */

/** Largest value and largest total: `MAX_VALUE`, `MAX_TOTAL`. Totals are text, and added to in two halves: Lua's numbers are doubles. */
export const NUMBERS = `
local MAX_VALUE, MAX_TOTAL = 9007199254740991, '9223372036854775807'

-- '%d' costs a quarter of '%.0f', and is for 32 bits where the server is built for them.
local WHOLE = string.format('%d', MAX_VALUE) == '9007199254740991' and '%d' or '%.0f'
local function text(number) return string.format(WHOLE, number) end

local function plus(total, amount)
  local sum = tonumber(total) + amount
  if sum <= MAX_VALUE then return text(sum) end
  local rest = math.fmod(amount, 1e9)
  local low = tonumber(string.sub(total, -9)) + rest
  local high = (tonumber(string.sub(total, 1, -10)) or 0) + (amount - rest) / 1e9
  if low >= 1e9 then low, high = low - 1e9, high + 1 end
  return string.format('%.0f%09.0f', high, low)
end

local function is_beyond(total)
  return #total > #MAX_TOTAL or (#total == #MAX_TOTAL and total > MAX_TOTAL)
end
`;

/**
 * What is decided is written at the end: whatever goes wrong before leaves nothing half done.
 * A counter is kept as `value added removed`, and for each step the open bucket: `start added removed`, totals as it began.
 * A start of 0 is none: an import brings no bucket that is past its time (redis.import.ts).
 */
export const STATE = `
local STEPS = {{1000, 7200000}, {60000, 1209600000}, {3600000, 63072000000}}
local channel, group, sent_ms, deadline = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local known_epoch, known_revision, fresh_epoch = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local key_ms, ledger_ms, ledger_entries = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local waits, kind, names = ARGV[11] == '1', ARGV[12], tonumber(ARGV[13])
local FIRST = 13 + names

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if kind == 'probe' then
  -- Changes nothing, and is refused where a change would be: memory or disk that is full, a server that is a replica now.
  redis.call('SETRANGE', KEYS[5], 0, '')
  return '{"now":' .. text(now) .. '}'
end

local late = '{"now":' .. text(now) .. ',"late":true}'
local sent = redis.call('GET', KEYS[5])
if sent then
  local space = string.find(sent, ' ', 1, true)
  local last = string.sub(sent, 1, space - 1)
  if last == group then
    -- A write, so that there is something to wait for.
    redis.call('PEXPIRE', KEYS[5], sent_ms)
    return string.sub(sent, space + 1)
  end
  -- It was on its way by a connection that was given up: it has been answered since, and others after it.
  if tonumber(last) > tonumber(group) then return late end
end
if now > deadline then return late end

local streams = {}
for index = 1, names do streams[ARGV[13 + index]] = 5 + (index - 1) * 3 end

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
    for index = 1, 3 do
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
  for index, step in ipairs(STEPS) do
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
  for index = 1, 3 do
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

local function patch()
  local values, totals = {}, {}
  for name, counter in pairs(counters) do
    if counter and counter.is_touched then
      values[#values + 1] = '"' .. name .. '":' .. text(counter.value)
      totals[#totals + 1] = '"' .. name .. '":' .. counter.added
    end
  end
  return '{"epoch":"' .. epoch .. '","from":' .. text(from) .. ',"revision":' .. text(revision) .. ',"at":' .. at_text ..
    ',"counters":{' .. table.concat(values, ',') .. '},"added":{' .. table.concat(totals, ',') .. '}}'
end

-- A dashboard at rest forgets as well, an hour or two late.
local function forget_at_rest()
  write('PEXPIRE', KEYS[4], text(ledger_ms + 7200000))
  write('PEXPIRE', KEYS[2], text(key_ms + 7200000))
  write('PEXPIRE', KEYS[3], text(key_ms + 7200000))
end

-- Writes where the dashboard is now, forgets what is past its time in bounded portions, tells who listens, and answers.
local function finish(replies, is_whole)
  local news = 'null'
  if revision > from then
    local flat = {'revision', text(revision), 'at', at_text}
    for name, counter in pairs(counters) do
      if counter and counter.is_touched then
        flat[#flat + 1] = 'c:' .. name
        flat[#flat + 1] = kept(counter)
      end
    end
    set_all(KEYS[1], flat)
    local first = redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 1)[1]
    local oldest = first and tonumber(string.match(first[1], '%d+')) or from + 1
    local last = math.max(oldest, revision - ledger_entries + 1)
    if first and tonumber(first[2][2]) <= now - ledger_ms then
      for _, entry in ipairs(redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 64)) do
        if tonumber(entry[2][2]) > now - ledger_ms then break end
        last = math.max(last, tonumber(string.match(entry[1], '%d+')) + 1)
      end
    end
    last = math.min(last, oldest + 500 + 2 * (revision - from))
    if last > oldest then write('XTRIM', KEYS[4], 'MINID', text(last)) end
    local hour = at - at % 3600000
    if from == 0 or tonumber(head[3] or 0) < hour then forget_at_rest() end
  end
  if is_whole or is_other then news = '{"epoch":"' .. (epoch or '') .. '","revision":' .. text(revision) .. '}'
  elseif revision > from then news = patch() end
  local answer = '{"now":' .. text(now) .. ',"patch":' .. news .. ',"replies":[' .. table.concat(replies, ',') .. ']}'
  if #writes > 0 or waits then write('SET', KEYS[5], group .. ' ' .. answer, 'PX', sent_ms) end
  for _, command in ipairs(writes) do redis.call(unpack(command)) end
  -- What waits for replicas is told by the instance when they have it.
  if news ~= 'null' and not waits then redis.call('SPUBLISH', channel, news) end
  return answer
end
`;
