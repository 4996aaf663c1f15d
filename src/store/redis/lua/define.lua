-- The part of the step that defines.

local function booked(order, reason, who)
  local changes, touched = {}, {}
  for index, name in ipairs(order) do
    local counter = read(name)
    changes[index] = '{"counter":"' .. name .. '","to":0}'
    local removed = counter.value > 0 and plus(counter.removed, counter.value) or counter.removed
    touched[name] = {value = 0, added = counter.added, removed = removed}
  end
  local entry = '{"changes":[' .. table.concat(changes, ',') .. '],"reason":"' .. reason .. '"' .. who .. '}'
  return fresh(advance(order, touched, entry))
end

local who = ARGV[FIRST + 1]
if kind == 'define' then
  local title, most = ARGV[FIRST + 2], tonumber(ARGV[FIRST + 3])
  local is_new, newborn, flat = not epoch, {}, {}
  for index = 1, names do
    local name = ARGV[13 + index]
    if not read(name) then newborn[#newborn + 1] = name end
  end
  size = size + #newborn
  if #newborn > 0 and size > most then return finish({'["too-many-counters",' .. text(size) .. ']'}, false) end
  for index = 1, names do
    local name = ARGV[13 + index]
    local born
    if read(name) then
      born = string.match(redis.call('HGET', KEYS[1], 'd:' .. name), '^%d+')
    else
      births = births + 1
      born = text(births)
      counters[name] = {value = 0, added = '0', removed = '0', buckets = {}}
      flat[#flat + 1] = 'c:' .. name
      flat[#flat + 1] = '0 0 0'
    end
    flat[#flat + 1] = 'd:' .. name
    flat[#flat + 1] = born .. ' ' .. ARGV[FIRST + 3 + index]
  end
  if is_new then
    epoch = fresh_epoch
    write('HSET', KEYS[1], 'epoch', epoch, 'revision', '0', 'at', at_text)
  end
  if title == '' then write('HDEL', KEYS[1], 'title') else write('HSET', KEYS[1], 'title', cjson.decode(title)) end
  write('HSET', KEYS[1], 'births', text(births), 'size', text(size))
  set_all(KEYS[1], flat)
  local booking = 'null'
  if not is_new and #newborn > 0 then booking = booked(newborn, 'defined', who) end
  return finish({'{"created":' .. tostring(is_new) .. ',"booking":' .. booking .. '}'}, true)
end
