-- Defines a dashboard and its counters.

-- Appends a ledger entry that sets counters to 0, whatever their lowest value. Returns the outcome as JSON.
local function book_at_zero(names, reason, who)
  local changes, changed = {}, {}
  for index, name in ipairs(names) do
    local counter = read_counter(name)
    local value, added, removed = counter.value, counter.added, counter.removed
    changes[index] = '{"counter":"' .. name .. '","to":0,"moved":' .. to_text(0 - value) .. '}'
    if value > 0 and not counter.is_gauge then removed = add_to_total(removed, value) end
    if value < 0 and not counter.is_gauge then added = add_to_total(added, -value) end
    changed[name] = {value = 0, added = added, removed = removed}
  end
  local entry = '{"changes":[' .. table.concat(changes, ',') .. '],"reason":"' .. reason .. '"' .. who .. '}'
  return encode_outcome(append_change_set(names, changed, entry))
end

-- True if the definition is still the one that the instance has read.
local function is_version(known_definition_epoch, version)
  return (epoch or '') == known_definition_epoch and
    (not epoch or header[11] == version)
end

local function enqueue_definition(settings, version)
  enqueue('HSET', dashboard_key, 'settings', settings, 'version', to_text(version))
end

-- Ends the open day with the first start of a new one: its start stays, since its rows are written. Returns the answer,
-- if the instance has to pass the starts of days first.
local function change_days()
  if not is_day_open() then
    day_start, day_end = 0, 0
    enqueue('HDEL', dashboard_key, 'day-start', 'day-end')
    return
  end
  local _, ending = find_day()
  if not ending then return request_days() end
  day_end = ending
  enqueue('HSET', dashboard_key, 'day-end', to_text(day_end))
end

local who = ARGV[ARGS_OFFSET + 1]
if kind == 'define' then
  local base_epoch, base_version, settings = unpack(ARGV, ARGS_OFFSET + 2, ARGS_OFFSET + 4)
  if not is_version(base_epoch, base_version) then return commit({'["definition-changed"]'}, false) end
  local is_new, declared, added_names, fields = not epoch, {}, {}, {}
  for index = 1, counter_count do
    local name, rule = ARGV[NAMES_OFFSET + index], ARGV[ARGS_OFFSET + 5 + 2 * index]
    local existing = read_counter(name)
    local value = existing and existing.value or 0
    declared[index] = create_counter(rule, 0, '0', '0')
    if value < declared[index].min then
      return commit({'["below-minimum","' .. name .. '",' .. to_text(value) .. ']'}, false)
    end
  end
  reckoning = ARGV[ARGS_OFFSET + 5]
  for index = 1, counter_count do
    local name = ARGV[NAMES_OFFSET + index]
    local existing = read_counter(name)
    local position
    if existing then
      position = string.match(redis.call('HGET', dashboard_key, 'd:' .. name), '^%d+')
      existing.rule = declared[index].rule
    else
      last_position = last_position + 1
      position = to_text(last_position)
      counters[name] = declared[index]
      added_names[#added_names + 1] = name
      enqueue('UNLINK', unpack(KEYS, points_offsets[name] + 1, points_offsets[name] + #BUCKETS))
    end
    fields[#fields + 1] = 'c:' .. name
    fields[#fields + 1] = encode_counter(counters[name])
    if not existing and not is_new then
      fields[#fields + 1] = 'f:' .. name
      fields[#fields + 1] = to_text(revision + 1)
    end
    fields[#fields + 1] = 'd:' .. name
    fields[#fields + 1] = position .. ' ' .. ARGV[ARGS_OFFSET + 6 + 2 * index]
  end
  size = size + #added_names
  local is_booked = not is_new and #added_names > 0
  local days_needed = not is_new and ARGV[ARGS_OFFSET + 6] == '1' and change_days()
  if is_booked and not days_needed then days_needed = open_day() end
  if days_needed then return days_needed end
  if is_new then
    epoch = new_epoch
    -- An earlier life may have left keys: lost with their dashboard, or not removed because a step stopped half-way.
    enqueue('UNLINK', replies_key, expiry_key, ledger_key, undone_key)
    enqueue('HSET', dashboard_key, 'epoch', epoch, 'revision', '0', 'at', at_text, 'generation', epoch,
      'form', ARGV[13])
  end
  enqueue_definition(settings, is_new and 1 or base_version + 1)
  enqueue('HSET', dashboard_key, 'births', to_text(last_position), 'size', to_text(size), 'reckoning', reckoning)
  enqueue_hset(dashboard_key, fields)
  local booking = is_booked and book_at_zero(added_names, 'defined', who) or 'null'
  return commit({'{"created":' .. tostring(is_new) .. ',"booking":' .. booking .. '}'}, true)
end
