-- Defines a dashboard and its counters.

-- Appends a ledger entry that sets counters to 0. Returns the outcome as JSON.
local function book_at_zero(names, reason, who)
  local changes, changed = {}, {}
  for index, name in ipairs(names) do
    local counter = read_counter(name)
    changes[index] = '{"counter":"' .. name .. '","to":0}'
    local removed = counter.value > 0 and add_to_total(counter.removed, counter.value) or counter.removed
    changed[name] = {value = 0, added = counter.added, removed = removed}
  end
  local entry = '{"changes":[' .. table.concat(changes, ',') .. '],"reason":"' .. reason .. '"' .. who .. '}'
  return encode_outcome(append_change_set(names, changed, entry))
end

local who = ARGV[ARGS_OFFSET + 1]
if kind == 'define' then
  local title, max_counters = ARGV[ARGS_OFFSET + 2], tonumber(ARGV[ARGS_OFFSET + 3])
  local is_new, added_names, fields = not epoch, {}, {}
  for index = 1, counter_count do
    local name = ARGV[NAMES_OFFSET + index]
    if not read_counter(name) then added_names[#added_names + 1] = name end
  end
  size = size + #added_names
  if #added_names > 0 and size > max_counters then
    return commit({'["too-many-counters",' .. to_text(size) .. ']'}, false)
  end
  -- An earlier life may have left keys: lost with their dashboard, or not removed because a step stopped half-way.
  if is_new then enqueue('UNLINK', replies_key, expiry_key, ledger_key) end
  for _, name in ipairs(added_names) do
    enqueue('UNLINK', unpack(KEYS, points_offsets[name] + 1, points_offsets[name] + #BUCKETS))
  end
  for index = 1, counter_count do
    local name = ARGV[NAMES_OFFSET + index]
    local position
    if read_counter(name) then
      position = string.match(redis.call('HGET', dashboard_key, 'd:' .. name), '^%d+')
    else
      last_position = last_position + 1
      position = to_text(last_position)
      counters[name] = {value = 0, added = '0', removed = '0', buckets = {}}
      fields[#fields + 1] = 'c:' .. name
      fields[#fields + 1] = '0 0 0'
    end
    fields[#fields + 1] = 'd:' .. name
    fields[#fields + 1] = position .. ' ' .. ARGV[ARGS_OFFSET + 3 + index]
  end
  if is_new then
    epoch = new_epoch
    enqueue('HSET', dashboard_key, 'epoch', epoch, 'revision', '0', 'at', at_text, 'generation', epoch,
      'form', ARGV[13])
  end
  if title == '' then
    enqueue('HDEL', dashboard_key, 'title')
  else
    enqueue('HSET', dashboard_key, 'title', cjson.decode(title))
  end
  enqueue('HSET', dashboard_key, 'births', to_text(last_position), 'size', to_text(size))
  enqueue_hset(dashboard_key, fields)
  local booking = 'null'
  if not is_new and #added_names > 0 then booking = book_at_zero(added_names, 'defined', who) end
  return commit({'{"created":' .. tostring(is_new) .. ',"booking":' .. booking .. '}'}, true)
end
