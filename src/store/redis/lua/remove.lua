-- The part of the step that removes a counter or a dashboard.

-- Of a dashboard all streams of points have to be named: those of counters that the caller has not heard of would be left behind.
if not epoch then return finish({'["unknown-dashboard"]'}, false) end
local counter = ARGV[FIRST + 2]
if counter ~= '' then
  if not read(counter) then return finish({'["unknown-counter",' .. cjson.encode(counter) .. ']'}, false) end
  local reply = booked({counter}, 'deleted', who)
  counters[counter] = false
  write('HDEL', KEYS[1], 'c:' .. counter, 'd:' .. counter)
  write('HSET', KEYS[1], 'size', text(size - 1))
  write('UNLINK', unpack(KEYS, 6))
  return finish({reply}, true)
end
if size > names then return finish({'["more"]'}, false) end
for index = 1, names do
  if not read(ARGV[13 + index]) then return finish({'["more"]'}, false) end
end
for start = 6, #KEYS, 1000 do write('UNLINK', unpack(KEYS, start, math.min(start + 999, #KEYS))) end
write('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
epoch = ''
return finish({'{"gone":true}'}, true)
