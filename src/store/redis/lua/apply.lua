-- Applies change sets: the rule of counting (counters.ts) and idempotency keys.

local function encode_unit(name)
  local definition = redis.call('HGET', dashboard_key, 'd:' .. name)
  local unit = definition and cjson.decode(string.match(definition, '^%d+ (.*)$')).unit
  return unit and ',' .. cjson.encode(unit) or ''
end

-- Applies the rule to one change. Returns value, added and removed, or nil and the refusal.
local function apply_change(change, counter)
  if not counter then return nil, '["unknown-counter",' .. cjson.encode(change.counter) .. ']' end
  local before, added, removed = counter.value, counter.added, counter.removed
  local by = change.by or change.to - before
  local value = before + by
  if value < 0 then
    local name = change.counter
    return nil, '["nothing-to-remove","' .. name .. '",' .. to_text(-by) .. ',' .. to_text(before) ..
      encode_unit(name) .. ']'
  end
  if by > 0 then
    added = add_to_total(added, by)
  elseif by < 0 then
    removed = add_to_total(removed, -by)
  end
  if value > MAX_VALUE or exceeds_max_total(added) then
    return nil, '["counter-full","' .. change.counter .. '",' .. to_text(before) .. ']'
  end
  return value, added, removed
end

-- Applies all changes of a change set in order, or none. Returns the result of `append_change_set`, or nil and the
-- refusal.
local function apply_change_set(changes, entry)
  if #changes == 1 then
    local change = changes[1]
    local name = change.counter
    local value, added, removed = apply_change(change, read_counter(name))
    if not value then return nil, added end
    local value_text, total_text = set_counter(name, value, added, removed)
    return append_entry(entry), value_text, total_text
  end
  local names, changed = {}, {}
  for _, change in ipairs(changes) do
    local name = change.counter
    local value, added, removed = apply_change(change, changed[name] or read_counter(name))
    if not value then return nil, added end
    if not changed[name] then names[#names + 1] = name end
    changed[name] = {value = value, added = added, removed = removed}
  end
  return append_change_set(names, changed, entry)
end

-- Removes expired idempotency keys, at most about twice as many as are added. Returns true if there were no keys
-- before.
local function expire_keys(count)
  local oldest = redis.call('LINDEX', ages_key, 0)
  if not oldest then return true end
  if tonumber(string.match(oldest, '^%d+')) > at - key_ttl_ms then return end
  local expired = 0
  for _, age in ipairs(redis.call('LRANGE', ages_key, 0, 2 * count + 8)) do
    local used_at, key = string.match(age, '^(%d+) (.*)$')
    if tonumber(used_at) > at - key_ttl_ms then break end
    local stored = redis.call('HGET', replies_key, key)
    -- A key that was used again has another time, and stays.
    if stored and string.match(stored, '^%S+ (%d+)') == used_at then enqueue('HDEL', replies_key, key) end
    expired = expired + 1
  end
  enqueue_upkeep('LTRIM', ages_key, expired, -1)
end

if kind == 'apply' then
  local replies, sets, keys = {}, {}, {}
  for index = ARGS_OFFSET + 1, #ARGV, 2 do
    local set = cjson.decode(ARGV[index])
    sets[#sets + 1] = set
    if set.key then keys[#keys + 1] = set.key end
  end
  if not epoch then
    for index = 1, #sets do replies[index] = '["unknown-dashboard"]' end
    return commit(replies, false)
  end
  local stored_replies = {}
  if #keys > 0 then
    for index, stored in ipairs(redis.call('HMGET', replies_key, unpack(keys))) do
      if stored and tonumber(string.match(stored, '^%S+ (%d+)')) > at - key_ttl_ms then
        stored_replies[keys[index]] = stored
      end
    end
  end
  local new_replies, new_ages = {}, {}
  local age_prefix = at_text .. ' '
  local stored_at, outcome_at = ' ' .. age_prefix, ',' .. at_text .. ',{'
  for index, set in ipairs(sets) do
    local arg, key = ARGS_OFFSET + 2 * index - 1, set.key
    local earlier = key and stored_replies[key]
    if earlier then
      local fingerprint, reply = string.match(earlier, '^(%S+) %d+ (.*)$')
      replies[index] = fingerprint == ARGV[arg + 1] and '{"again":' .. reply .. '}' or '["key-reused"]'
    else
      local revision_text, values, totals = apply_change_set(set.changes, ARGV[arg])
      -- The refusal, if the change set was not applied.
      local reply = values
      replies[index] = revision_text and encode_outcome(revision_text, values, totals) or reply
      if key and (revision_text or string.sub(reply, 1, 10) ~= '["unknown-') then
        if revision_text then reply = '[' .. revision_text .. outcome_at .. values .. '}]' end
        local stored = ARGV[arg + 1] .. stored_at .. reply
        stored_replies[key] = stored
        local count = #new_ages
        new_ages[count + 1] = age_prefix .. key
        new_replies[2 * count + 1], new_replies[2 * count + 2] = key, stored
      end
    end
  end
  if #new_ages > 0 then
    local is_first = expire_keys(#new_ages)
    enqueue_hset(replies_key, new_replies)
    enqueue_upkeep('RPUSH', ages_key, unpack(new_ages))
    if is_first then postpone_expiry() end
  end
  return commit(replies, false)
end
