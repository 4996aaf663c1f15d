-- Removes a counter or a whole dashboard.

if not epoch then return commit({'["unknown-dashboard"]'}, false) end
local counter = ARGV[ARGS_OFFSET + 2]
if counter ~= '' then
  if not read_counter(counter) then return commit({'["unknown-counter",' .. cjson.encode(counter) .. ']'}, false) end
  local base_epoch, base_version, settings = unpack(ARGV, ARGS_OFFSET + 3, ARGS_OFFSET + 5)
  if not is_version(base_epoch, base_version) then return commit({'["definition-changed"]'}, false) end
  local days_needed = open_day()
  if days_needed then return days_needed end
  local reply = book_at_zero({counter}, 'deleted', who)
  enqueue_definition(settings, base_version + 1)
  counters[counter] = false
  enqueue('HDEL', dashboard_key, 'c:' .. counter, 'd:' .. counter, 'f:' .. counter, 's:' .. counter)
  enqueue('HSET', dashboard_key, 'size', to_text(size - 1))
  -- After the last point was appended.
  enqueue_upkeep('UNLINK', unpack(KEYS, POINTS_OFFSET + 1))
  return commit({reply}, true)
end
-- The caller must name all counters of a dashboard, because their streams of points are separate keys. It repeats the
-- call with the current names after `more`.
if size > counter_count then return commit({'["more"]'}, false) end
for index = 1, counter_count do
  if not read_counter(ARGV[NAMES_OFFSET + index]) then return commit({'["more"]'}, false) end
end
enqueue('UNLINK', dashboard_key, replies_key, expiry_key, ledger_key, undone_key)
for start = POINTS_OFFSET + 1, #KEYS, 1000 do
  enqueue_upkeep('UNLINK', unpack(KEYS, start, math.min(start + 999, #KEYS)))
end
epoch = ''
return commit({'{"gone":true}'}, true)
