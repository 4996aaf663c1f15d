-- Undo: the changes that take back a ledger entry, as `planUndo` of undo.ts has them.
--
-- Entries that were undone are in a sorted set: the revision that undid one, by the revision that it undid. It is
-- trimmed with the ledger. The field `last-undone` of the dashboard has the last entry that was undone, `undo undone`:
-- while the ledger has that entry, the set must have it too, or the server has lost it.
-- One function holds all: creating a function costs each call about 0.2 microseconds.

-- What the call itself undoes: by the revision that is undone, the one that undoes it.
local undone_now = {}
-- The last entry that was undone, once the call itself has undone one.
local last_undone_now

-- Kinds:
--   counters: returns the names of the counters that the entry of `undone` has, of those that the call did not name
--   changes: returns the changes that take back the entry, or nil and the refusal
--   record: queues that `by` undoes `undone`
local function undo(kind_of_undo, undone, by)
  local undone_text = to_text(undone)

  -- Entries of this call are queued, and those of a later revision in the ledger are of a step that stopped half-way.
  local function read_entry(of_revision)
    if of_revision > first_revision then
      local command = ledger_writes[of_revision - first_revision]
      return command and cjson.decode(command[7])
    end
    local id = to_text(of_revision) .. '-0'
    local found = redis.call('XRANGE', ledger_key, id, id)[1]
    return found and cjson.decode(found[2][4])
  end

  -- Adds what the ledger says to a set that was lost.
  local function rebuild()
    local from = '-'
    repeat
      local entries = redis.call('XRANGE', ledger_key, from, to_text(first_revision), 'COUNT', 500)
      for _, entry in ipairs(entries) do
        local undoes = string.find(entry[2][4], '"undoes":', 1, true) and cjson.decode(entry[2][4]).undoes
        if undoes then redis.call('ZADD', undone_key, to_text(undoes), string.match(entry[1], '^%d+')) end
        from = '(' .. entry[1]
      end
    until #entries < 500
    repair('note', 'undone-lost')
  end

  -- A step that stopped half-way, or another life of the dashboard, may have left a revision that undoes nothing.
  local function find_undo()
    if undone_now[undone] then return undone_now[undone] end
    local last_undo, last_undone = string.match(last_undone_text or '', '^(%d+) (%d+)$')
    if last_undo and not redis.call('ZSCORE', undone_key, last_undo) and
      redis.call('XRANGE', ledger_key, last_undone, last_undone)[1] then
      rebuild()
    end
    for _, found in ipairs(redis.call('ZRANGE', undone_key, undone_text, undone_text, 'BYSCORE')) do
      local entry = tonumber(found) <= first_revision and read_entry(tonumber(found))
      if entry and entry.undoes == undone then return tonumber(found) end
    end
  end

  local function refuse(...) return nil, cjson.encode({'not-undoable', undone_text, ...}) end

  -- Adds the opposite of a change. Text is an amount beyond MAX_VALUE, which takes two changes.
  local function append_opposite(inverse, counter, amount)
    if type(amount) == 'string' then
      local sign = string.byte(amount) == 45 and 1 or -1
      local digits = string.match(amount, '%d+')
      local high = tonumber(string.sub(digits, 1, -10)) - tonumber(string.sub(MAX_VALUE_TEXT, 1, -10))
      local low = tonumber(string.sub(digits, -9)) - tonumber(string.sub(MAX_VALUE_TEXT, -9))
      inverse[#inverse + 1] = {counter = counter, by = sign * MAX_VALUE}
      amount = -sign * (high * 1e9 + low)
    end
    if amount ~= 0 then inverse[#inverse + 1] = {counter = counter, by = -amount} end
  end

  if kind_of_undo == 'record' then
    undone_now[undone] = by
    local undo_text = to_text(by)
    enqueue('ZADD', undone_key, undone_text, undo_text)
    last_undone_now = last_undone_now or tonumber(string.match(last_undone_text or '', '%d+$')) or 0
    if undone > last_undone_now then
      last_undone_now = undone
      enqueue('HSET', dashboard_key, 'last-undone', undo_text .. ' ' .. undone_text)
    end
    return
  end
  local entry = undone <= revision and read_entry(undone)
  if kind_of_undo == 'counters' then
    local names = {}
    for _, change in ipairs(entry and entry.changes or {}) do
      if not points_offsets[change.counter] then names[#names + 1] = change.counter end
    end
    return names
  end
  if not entry then return nil, '["unknown-revision",' .. undone_text .. ']' end
  local undo_revision = find_undo()
  if undo_revision then return nil, '["already-undone",' .. undone_text .. ',' .. to_text(undo_revision) .. ']' end
  local inverse = {}
  for index = #entry.changes, 1, -1 do
    local change = entry.changes[index]
    local name = change.counter
    local counter = read_counter(name)
    if not counter then return refuse('deleted', name) end
    local limits = redis.call('HMGET', dashboard_key, 'f:' .. name, 's:' .. name)
    if undone <= tonumber(limits[1] or 0) then return refuse('start', name, limits[1]) end
    if change.to and not change.moved then return refuse('no-amount', name) end
    if change.to and counter.is_gauge and (counter.set_revision or tonumber(limits[2] or 0)) ~= undone then
      return refuse('set', name)
    end
    append_opposite(inverse, name, change.by or change.moved)
  end
  if #inverse == 0 then return refuse('unmoved') end
  return inverse
end

-- Writes changes that take back an entry before the other members of a ledger entry.
local function encode_undo(changes, entry)
  local texts = {}
  for index, change in ipairs(changes) do
    texts[index] = '{"counter":"' .. change.counter .. '","by":' .. to_text(change.by) .. '}'
  end
  return '{"changes":[' .. table.concat(texts, ',') .. '],' .. string.sub(entry, 2)
end
