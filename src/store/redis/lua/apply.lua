-- Applies change sets: the rule of counting (counters.ts) and idempotency keys.

local function encode_singular(name)
  local definition = redis.call('HGET', dashboard_key, 'd:' .. name)
  local singular = definition and cjson.decode(string.match(definition, '^%d+ (.*)$')).singular
  return singular and cjson.encode(singular) or 'null'
end

-- The refusal of a change that would lead below the lowest value: with the amount, or with the value to set.
local function refuse_removal(change, before, min)
  local name, limits = change.counter, to_text(before) .. ',' .. encode_singular(change.counter) .. ',' .. to_text(min)
  if change.to then return '["below-lowest","' .. name .. '",' .. to_text(change.to) .. ',' .. limits .. ']' end
  return '["nothing-to-remove","' .. name .. '",' .. to_text(-change.by) .. ',' .. limits .. ']'
end

-- Applies the rule to one change of a counter, whose value and totals are those of `current`. Returns value, added and
-- removed, or nil and the refusal. The sum of two values can be rounded beyond MAX_VALUE, but never back within it.
local function apply_change(change, counter, current)
  if not counter then return nil, '["unknown-counter",' .. cjson.encode(change.counter) .. ']' end
  local before, added, removed = current.value, current.added, current.removed
  local value = change.to or before + change.by
  if value < counter.min then return nil, refuse_removal(change, before, counter.min) end
  local is_full = value > MAX_VALUE
  if not is_full and not counter.is_gauge then
    -- A way across 0 can be longer than MAX_VALUE: it is added in two steps.
    if value > before then
      if before < 0 and value > 0 then
        added = add_to_total(add_to_total(added, value), -before)
      else
        added = add_to_total(added, value - before)
      end
      is_full = #added >= #MAX_TOTAL and exceeds_max_total(added)
    elseif value < before then
      if before > 0 and value < 0 then
        removed = add_to_total(add_to_total(removed, before), -value)
      else
        removed = add_to_total(removed, before - value)
      end
      is_full = #removed >= #MAX_TOTAL and exceeds_max_total(removed)
    end
  end
  if is_full then return nil, '["counter-full","' .. change.counter .. '",' .. to_text(before) .. ']' end
  return value, added, removed
end

-- Writes into a ledger entry what each change to a value came to. The changes come first, without a bracket in them.
local function encode_moved(entry, moved)
  local last, index = string.find(entry, ']', 1, true), 0
  local changes = string.gsub(string.sub(entry, 1, last), '"to":%-?%d+', function(to)
    index = index + 1
    return to .. ',"moved":' .. moved[index]
  end)
  return changes .. string.sub(entry, last + 1)
end

-- Applies all changes of a change set in order, or none. Returns the result of `append_change_set`, or nil and the
-- refusal.
local function apply_change_set(changes, entry)
  local change = changes[1]
  if not changes[2] then
    local name = change.counter
    local counter = read_counter(name)
    local value, added, removed = apply_change(change, counter, counter)
    if not value then return nil, added end
    if change.to then entry = encode_moved(entry, {encode_difference(value, counter.value)}) end
    if change.to and counter.is_gauge then counter.set_revision = revision + 1 end
    local value_text, total_text = set_counter(name, value, added, removed)
    return append_entry(entry), value_text, total_text
  end
  local names, changed, moved = {}, {}, {}
  for _, next_change in ipairs(changes) do
    local name = next_change.counter
    local counter = read_counter(name)
    local current = changed[name] or counter
    local value, added, removed = apply_change(next_change, counter, current)
    if not value then return nil, added end
    if next_change.to then moved[#moved + 1] = encode_difference(value, current.value) end
    if not changed[name] then names[#names + 1] = name end
    changed[name] = {value = value, added = added, removed = removed}
  end
  for _, next_change in ipairs(#moved > 0 and changes or {}) do
    local counter = counters[next_change.counter]
    if next_change.to and counter.is_gauge then counter.set_revision = revision + 1 end
  end
  return append_change_set(names, changed, #moved > 0 and encode_moved(entry, moved) or entry)
end

-- As apply_change_set, with the changes that take back the entry of a revision.
local function apply_undo(undone, entry)
  local changes, refusal = undo('changes', undone)
  if not changes then return nil, refusal end
  local next_revision = revision + 1
  local revision_text, values, totals = apply_change_set(changes, encode_undo(changes, entry))
  if revision_text then undo('record', undone, next_revision) end
  return revision_text, values, totals
end

-- Splits the argument of a key with a time to live of its own. Returns the fingerprint, and the end of the key.
local function split_ttl(argument)
  local fingerprint, ttl_ms = string.match(argument, '^(%S+) (%d+)$')
  return fingerprint, to_text(at + tonumber(ttl_ms))
end

-- Removes expired idempotency keys, at most about twice as many as are added from one look to the next.
local function expire_keys(count)
  -- The hash has the mark of the generation besides.
  if redis.call('ZCARD', expiry_key) ~= redis.call('HLEN', replies_key) - 1 then return repair('expiry') end
  local first = redis.call('ZRANGE', expiry_key, 0, 0, 'WITHSCORES')
  if not first[1] or tonumber(first[2]) > expiry then return end
  local expired = redis.call('ZRANGE', expiry_key, '-inf', to_text(expiry), 'BYSCORE', 'LIMIT', 0, 2 * count + 150)
  enqueue('HDEL', replies_key, unpack(expired))
  enqueue_upkeep('ZREM', expiry_key, unpack(expired))
end

if kind == 'apply' then
  local replies, sets, keys, unnamed = {}, {}, {}, {}
  for index = ARGS_OFFSET + 1, #ARGV, 3 do
    local set = cjson.decode(ARGV[index])
    sets[#sets + 1] = set
    -- The fields of idempotency keys: `owner NUL key`.
    if set.key then keys[#keys + 1] = ARGV[index + 2] end
    for _, name in ipairs(epoch and set.undoes and undo('counters', set.undoes) or {}) do
      unnamed[#unnamed + 1] = name
    end
  end
  if #unnamed > 0 then return '{"now":' .. to_text(now) .. ',"counters":' .. cjson.encode(unnamed) .. '}' end
  if not epoch then
    -- A removal takes the ledger along.
    if redis.call('EXISTS', ledger_key) == 1 then repair('note', 'dashboard-lost') end
    for index = 1, #sets do replies[index] = '["unknown-dashboard"]' end
    return commit(replies, false)
  end
  local days_needed = #sets > 0 and open_day()
  if days_needed then return days_needed end
  local stored_replies = {}
  local mark, is_own = false, true
  if #keys > 0 then
    local key_count, fields = #keys, keys
    -- Keys from before keys had owners belong to everybody. Their fields are the keys alone.
    if tonumber(header[8] or 0) > expiry then
      fields = {unpack(keys)}
      for index = 1, key_count do fields[key_count + index] = string.match(keys[index], '%z(.*)$') end
    end
    -- The field without a name is the mark of the generation.
    local found = redis.call('HMGET', replies_key, '', unpack(fields))
    mark = found[1]
    is_own = mark == generation or repair('keys', mark)
    for index = 1, is_own and #fields or 0 do
      local stored = found[index + 1]
      if stored then
        local keep_until, stored_revision = string.match(stored, '^%S+ %d+ (%d+) %[(%d*)')
        local key = keys[index] or keys[index - key_count]
        -- A reply of a later revision was stored by a step that stopped half-way. A key of the owner comes first.
        if tonumber(keep_until) > expiry and (tonumber(stored_revision) or 0) <= first_revision and
          not stored_replies[key] then
          stored_replies[key] = stored
        end
      end
    end
  end
  local new_replies, new_ends = {}, {}
  local end_text = to_text(at + key_ttl_ms)
  local stored_at, reply_at = ' ' .. at_text .. ' ' .. end_text .. ' ', ',' .. at_text .. ',{'
  for index, set in ipairs(sets) do
    local arg = ARGS_OFFSET + 3 * index - 2
    local key = set.key and ARGV[arg + 2]
    local earlier = key and stored_replies[key]
    local fingerprint, own_end = ARGV[arg + 1], nil
    if string.find(fingerprint, ' ', 1, true) then fingerprint, own_end = split_ttl(fingerprint) end
    if earlier then
      local earlier_fingerprint, reply = string.match(earlier, '^(%S+) %d+ %d+ (.*)$')
      replies[index] = fingerprint == earlier_fingerprint and '{"again":' .. reply .. '}' or '["key-reused"]'
    else
      local revision_text, values, totals
      if set.undoes then
        revision_text, values, totals = apply_undo(set.undoes, ARGV[arg])
      else
        revision_text, values, totals = apply_change_set(set.changes, ARGV[arg])
      end
      -- The refusal, if the change set was not applied.
      local reply = values
      replies[index] = revision_text and encode_outcome(revision_text, values, totals) or reply
      if key and (revision_text or string.sub(reply, 1, 10) ~= '["unknown-') then
        if revision_text then reply = '[' .. revision_text .. reply_at .. values .. '}]' end
        local stored = fingerprint .. (own_end and ' ' .. at_text .. ' ' .. own_end .. ' ' or stored_at) .. reply
        stored_replies[key] = stored
        local count = #new_replies
        new_replies[count + 1], new_replies[count + 2] = key, stored
        new_ends[count + 1], new_ends[count + 2] = own_end or end_text, key
      end
    end
  end
  if #new_ends > 0 then
    if not is_own then enqueue('UNLINK', replies_key, expiry_key) end
    local is_first = not is_own or mark ~= generation
    -- Looking for expired keys costs commands, so it is done every 64 revisions, and where nothing was applied.
    if not is_first and
      (revision == first_revision or math.floor(revision / 64) ~= math.floor(first_revision / 64)) then
      expire_keys(#new_ends / 2)
    end
    if is_first then
      new_replies[#new_replies + 1] = ''
      new_replies[#new_replies + 1] = generation
    end
    enqueue_hset(replies_key, new_replies)
    enqueue_upkeep('ZADD', expiry_key, unpack(new_ends))
  end
  return commit(replies, false)
end
