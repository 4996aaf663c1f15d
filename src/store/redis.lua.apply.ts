/** The part of the step that applies change sets, in Lua: the rule of counting, and idempotency keys. */

export const APPLY = `
local function unit_of(name)
  local definition = redis.call('HGET', KEYS[1], 'd:' .. name)
  local unit = definition and cjson.decode(string.match(definition, '^%d+ (.*)$')).unit
  return unit and ',' .. cjson.encode(unit) or ''
end

-- The rule: all changes in order, or none and the reason.
local function try(changes)
  local order, touched = {}, {}
  for _, change in ipairs(changes) do
    local name = change.counter
    local counter = touched[name]
    if not counter then
      local before = read(name)
      if not before then return nil, '["unknown-counter",' .. cjson.encode(name) .. ']' end
      counter = {value = before.value, added = before.added, removed = before.removed}
      order[#order + 1], touched[name] = name, counter
    end
    local by = change.by or change.to - counter.value
    local value = counter.value + by
    if value < 0 then
      return nil, '["nothing-to-remove","' .. name .. '",' .. text(-by) .. ',' .. text(counter.value) .. unit_of(name) .. ']'
    end
    local added = by > 0 and plus(counter.added, by) or counter.added
    if value > MAX_VALUE or is_beyond(added) then
      return nil, '["counter-full","' .. name .. '",' .. text(counter.value) .. ']'
    end
    if by < 0 then counter.removed = plus(counter.removed, -by) end
    counter.value, counter.added = value, added
  end
  return order, touched
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
    set.text, set.fingerprint = ARGV[index], ARGV[index + 1]
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
  for index, set in ipairs(sets) do
    local earlier = set.key and recalled[set.key]
    if earlier then
      local fingerprint, reply = string.match(earlier, '^(%S+) %d+ (.*)$')
      replies[index] = fingerprint == set.fingerprint and '{"again":' .. reply .. '}' or '["key-reused"]'
    else
      local order, touched = try(set.changes)
      local reply
      if order then
        local values, totals = advance(order, touched, set.text)
        reply = '[' .. text(revision) .. ',' .. text(at) .. ',' .. values .. ']'
        replies[index] = '{"n":' .. text(revision) .. ',"t":' .. text(at) .. ',"c":' .. values .. ',"a":' .. totals .. '}'
      else
        reply = touched
        replies[index] = reply
      end
      if set.key and string.sub(reply, 1, 10) ~= '["unknown-' then
        local remembered = set.fingerprint .. ' ' .. text(at) .. ' ' .. reply
        recalled[set.key] = remembered
        remembers[#remembers + 1] = set.key
        remembers[#remembers + 1] = remembered
        ages[#ages + 1] = text(at) .. ' ' .. set.key
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
`;
