-- Reads the state of the dashboard and changes it in memory. Writes are only queued here and sent by commit.lua, so
-- that an error before the end leaves nothing half done: first the ledger, then keys and values, then what can be
-- repaired later.
--
-- A counter is stored as `value rule added removed`, followed by `start added removed` for the open bucket of each kind
-- of rows: its start time, and the totals at that time. A start of 0 means that an import brought none of the kind.
-- The rule is the lowest value, or `-` without one. A gauge has a `g` before it, 0 for both totals, and buckets of
-- `start least most`.

-- Number of keys before those of each counter's points.
local points_offsets = {}
for index = 1, counter_count do
  points_offsets[ARGV[NAMES_OFFSET + index]] = POINTS_OFFSET + (index - 1) * #BUCKETS
end

local header = redis.call('HMGET', dashboard_key, 'epoch', 'revision', 'at', 'births', 'size', 'form', 'generation',
  'shared-until', 'day-start', 'day-end', 'version', 'last-undone')
local epoch, revision = header[1], tonumber(header[2] or 0)
-- Dashboards of the first form have no number.
if epoch and tonumber(header[6] or 1) ~= known_form then
  return '{"now":' .. to_text(now) .. ',"form":' .. cjson.encode(header[6] or '1') .. '}'
end
local last_position, size = tonumber(header[4] or 0), tonumber(header[5] or 0)
-- The server's clock may have made a step that the instance does not believe. If it is behind, `at` stands still.
local is_ahead = now > believed_now + CLOCK_TOLERANCE_MS
local first_revision, at = revision, math.max(is_ahead and believed_now or now, tonumber(header[3] or 0))
local at_text = to_text(at)
-- Drawn when the dashboard is created; its idempotency keys carry the same.
local generation = header[7] or ''
local last_undone_text = header[12]
local is_new_epoch = false
local ledger_writes, writes, upkeep = {}, {}, {}

local function enqueue(...) writes[#writes + 1] = {...} end

-- Queues a write whose failure does not undo the change: points, expiry, and the reply to a repeated call.
local function enqueue_upkeep(...) upkeep[#upkeep + 1] = {...} end

local function enqueue_hset(key, fields)
  for start = 1, #fields, 1000 do enqueue('HSET', key, unpack(fields, start, math.min(start + 999, #fields))) end
end

-- The server has lost changes that the instance has seen, and may have others in their place. A revision of one epoch
-- never stands for two states, nor a version for two definitions, so a new epoch begins.
if epoch and epoch == known_epoch and (revision < known_revision or tonumber(header[11] or 0) < known_version or
  (revision == known_revision and known_at > 0 and tonumber(header[3]) ~= known_at)) then
  epoch, is_new_epoch = new_epoch, true
  enqueue('HSET', dashboard_key, 'epoch', epoch)
end

-- @include day.lua

local counters = {}

-- Returns a counter that has not changed yet.
local function create_counter(rule, value, added, removed)
  local is_gauge = string.byte(rule) == 103
  local min = tonumber(is_gauge and string.sub(rule, 2) or rule) or -MAX_VALUE
  return {rule = rule, is_gauge = is_gauge, min = min, value = value, added = added, removed = removed, buckets = {}}
end

local function read_counter(name)
  local known = counters[name]
  if known ~= nil then return known end
  local text = redis.call('HGET', dashboard_key, 'c:' .. name)
  local counter = false
  if text then
    local parts = {}
    for part in string.gmatch(text, '%S+') do parts[#parts + 1] = part end
    counter = create_counter(parts[2], tonumber(parts[1]), parts[3], parts[4])
    for index = 1, #BUCKETS do
      local start = parts[index * 3 + 2]
      if start then
        local first, second = parts[index * 3 + 3], parts[index * 3 + 4]
        if counter.is_gauge then first, second = tonumber(first), tonumber(second) end
        counter.buckets[index] = {tonumber(start), first, second}
      end
    end
  end
  counters[name] = counter
  return counter
end

-- Opens the buckets that `at` is in. Buckets that have ended are appended to their streams: of a counter with the
-- totals at their end and start, of a gauge with its level at the end and its extremes.
local function roll_buckets(name, counter)
  counter.is_rolled, counter.label = true, '"' .. name .. '":'
  local is_gauge, value = counter.is_gauge, counter.value
  for index, widths in ipairs(BUCKETS) do
    local step_ms, keep_ms = widths[1], widths[2]
    local start = index == #BUCKETS and day_start or at - at % step_ms
    local bucket = counter.buckets[index]
    -- After a change of the time zone a day may begin before the one that is open: it is the same row.
    if not bucket or bucket[1] < start then
      if bucket and bucket[1] > 0 then
        local stream, oldest = KEYS[points_offsets[name] + index], to_text(math.max(0, expiry - keep_ms - step_ms))
        local id = to_text(bucket[1]) .. '-0'
        if is_gauge then
          enqueue_upkeep('XADD', stream, 'MINID', '~', oldest, id,
            'v', to_text(value), 'l', to_text(bucket[2]), 'm', to_text(bucket[3]))
        else
          enqueue_upkeep('XADD', stream, 'MINID', '~', oldest, id,
            'a', counter.added, 'r', counter.removed, 'x', bucket[2], 'y', bucket[3])
        end
      end
      -- A level stands until it is changed, so a bucket of a gauge has the one that it begins with.
      counter.buckets[index] = is_gauge and {start, value, value} or {start, counter.added, counter.removed}
    end
  end
end

local function encode_counter(counter)
  local parts = {to_text(counter.value), counter.rule, counter.added, counter.removed}
  for index = 1, #BUCKETS do
    local bucket = counter.buckets[index]
    if bucket then
      local first, second = bucket[2], bucket[3]
      if counter.is_gauge then first, second = to_text(first), to_text(second) end
      parts[#parts + 1] = to_text(bucket[1])
      parts[#parts + 1] = first
      parts[#parts + 1] = second
    end
  end
  return table.concat(parts, ' ')
end

-- Sets a counter. Returns its value as a JSON field, and its totals as two JSON values: null for a gauge.
local function set_counter(name, value, added, removed)
  local counter = counters[name]
  if not counter.is_rolled then roll_buckets(name, counter) end
  counter.value, counter.added, counter.removed, counter.is_changed = value, added, removed, true
  local value_text = counter.label .. to_text(value)
  if not counter.is_gauge then return value_text, encode_totals(added, removed) end
  for index = 1, #BUCKETS do
    local bucket = counter.buckets[index]
    bucket[2], bucket[3] = math.min(bucket[2], value), math.max(bucket[3], value)
  end
  return value_text, 'null,null'
end

-- Appends a ledger entry, which is the next revision. Returns the revision as text.
local function append_entry(entry)
  revision = revision + 1
  local revision_text = to_text(revision)
  ledger_writes[#ledger_writes + 1] = {'XADD', ledger_key, revision_text .. '-0', 't', at_text, 'e', entry}
  return revision_text
end

-- Sets counters and appends the ledger entry. Returns the revision, and values and totals of the counters as JSON, in
-- the same order.
local function append_change_set(names, changed, entry)
  local values, totals = {}, {}
  for index, name in ipairs(names) do
    local counter = changed[name]
    values[index], totals[index] = set_counter(name, counter.value, counter.added, counter.removed)
  end
  return append_entry(entry), table.concat(values, ','), table.concat(totals, ',')
end

local outcome_at = ',"t":' .. at_text .. ',"c":{'
local function encode_outcome(revision_text, values, totals)
  return '{"n":' .. revision_text .. outcome_at .. values .. '},"s":[' .. totals .. ']}'
end
