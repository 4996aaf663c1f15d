-- The part of the step that applies change sets: the rule of counting, and idempotency keys.

local function unit_of(name)
  local definition = redis.call('HGET', KEYS[1], 'd:' .. name)
  local unit = definition and cjson.decode(string.match(definition, '^%d+ (.*)$')).unit
  return unit and ',' .. cjson.encode(unit) or ''
end

-- The rule, for one change: value, added and removed after it, or nil and the reason.
local function try(change, counter)
  if not counter then return nil, '["unknown-counter",' .. cjson.encode(change.counter) .. ']' end
  local before, added, removed = counter.value, counter.added, counter.removed
  local by = change.by or change.to - before
  local value = before + by
  if value < 0 then
    local name = change.counter
    return nil, '["nothing-to-remove","' .. name .. '",' .. text(-by) .. ',' .. text(before) .. unit_of(name) .. ']'
  end
  if by > 0 then added = plus(added, by) elseif by < 0 then removed = plus(removed, -by) end
  if value > MAX_VALUE or is_beyond(added) then
    return nil, '["counter-full","' .. change.counter .. '",' .. text(before) .. ']'
  end
  return value, added, removed
end

-- All changes of a change set in order, or none: what 'advance' answers, or nil and the reason.
local function apply(changes, entry)
  if #changes == 1 then
    local change = changes[1]
    local name = change.counter
    local value, added, removed = try(change, read(name))
    if not value then return nil, added end
    local shown, total = move(name, value, added, removed)
    return enter(entry), shown, total
  end
  local order, touched = {}, {}
  for _, change in ipairs(changes) do
    local name = change.counter
    local value, added, removed = try(change, touched[name] or read(name))
    if not value then return nil, added end
    if not touched[name] then order[#order + 1] = name end
    touched[name] = {value = value, added = added, removed = removed}
  end
  return advance(order, touched, entry)
end

local function forget_keys(count)
  local oldest = redis.call('LINDEX', KEYS[3], 0)
  if not oldest then return true end
  if tonumber(string.match(oldest, '^%d+')) > at - key_ms then return end
  local gone = 0
  for _, aged in ipairs(redis.call('LRANGE', KEYS[3], 0, 2 * count + 8)) do
    local since, key = string.match(aged, '^(%d+) (.*)$')
    if tonumber(since) > at - key_ms then break end
    local remembered = redis.call('HGET', KEYS[2], key)
    -- A key that was used again since has another time.
    if remembered and string.match(remembered, '^%S+ (%d+)') == since then write('HDEL', KEYS[2], key) end
    gone = gone + 1
  end
  write('LTRIM', KEYS[3], gone, -1)
end

if kind == 'apply' then
  local replies, sets, wanted = {}, {}, {}
  for index = FIRST + 1, #ARGV, 2 do
    local set = cjson.decode(ARGV[index])
    sets[#sets + 1] = set
    if set.key then wanted[#wanted + 1] = set.key end
  end
  if not epoch then
    for index = 1, #sets do replies[index] = '["unknown-dashboard"]' end
    return finish(replies, false)
  end
  local recalled = {}
  if #wanted > 0 then
    for index, remembered in ipairs(redis.call('HMGET', KEYS[2], unpack(wanted))) do
      if remembered and tonumber(string.match(remembered, '^%S+ (%d+)')) > at - key_ms then recalled[wanted[index]] = remembered end
    end
  end
  local remembers, ages = {}, {}
  local aged = at_text .. ' '
  local kept_at, mid = ' ' .. aged, ',' .. at_text .. ',{'
  for index, set in ipairs(sets) do
    local place, key = FIRST + 2 * index - 1, set.key
    local earlier = key and recalled[key]
    if earlier then
      local fingerprint, reply = string.match(earlier, '^(%S+) %d+ (.*)$')
      replies[index] = fingerprint == ARGV[place + 1] and '{"again":' .. reply .. '}' or '["key-reused"]'
    else
      local shown, values, totals = apply(set.changes, ARGV[place])
      -- A refusal, unless it was applied.
      local reply = values
      replies[index] = shown and fresh(shown, values, totals) or reply
      if key and (shown or string.sub(reply, 1, 10) ~= '["unknown-') then
        if shown then reply = '[' .. shown .. mid .. values .. '}]' end
        local remembered = ARGV[place + 1] .. kept_at .. reply
        recalled[key] = remembered
        local count = #ages
        ages[count + 1] = aged .. key
        remembers[2 * count + 1], remembers[2 * count + 2] = key, remembered
      end
    end
  end
  if #ages > 0 then
    local is_first = forget_keys(#ages)
    set_all(KEYS[2], remembers)
    write('RPUSH', KEYS[3], unpack(ages))
    if is_first then forget_at_rest() end
  end
  return finish(replies, false)
end
