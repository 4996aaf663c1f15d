-- Repairs keys that disagree with the dashboard: those of an earlier life, of a step that stopped half-way, or lost.

local repairs = {}

local function note_repair(name) repairs[#repairs + 1] = '"' .. name .. '"' end

local function is_id_taken(reply)
  return type(reply) == 'table' and reply.err and string.find(reply.err, 'equal or smaller', 1, true)
end

-- Removes the entries of a stream from an id on, so that it can be appended to.
local function cut_stream(key, id)
  local last = redis.call('XREVRANGE', key, '(' .. id, '-', 'COUNT', 1)[1]
  if not last then return redis.call('UNLINK', key) end
  repeat
    local beyond = redis.call('XRANGE', key, id, '+', 'COUNT', 500)
    for _, entry in ipairs(beyond) do redis.call('XDEL', key, entry[1]) end
  until #beyond < 500
  redis.call('XSETID', key, last[1])
end

-- Appends the first ledger entry of the call. A ledger that has it already belongs to a life or to a step that the
-- dashboard does not know: what lies beyond is removed, and a new epoch begins. Returns the error, if it fails.
local function append_first_entry()
  local command = ledger_writes[1]
  local id, entry = command[3], command[7]
  -- NOMKSTREAM tells a ledger that is gone, for nothing.
  local reply = redis.pcall('XADD', ledger_key, 'NOMKSTREAM', id, 't', at_text, 'e', entry)
  if type(reply) == 'string' then return nil end
  if is_id_taken(reply) then
    cut_stream(ledger_key, id)
    note_repair('ledger-ahead')
    begin_epoch()
  elseif type(reply) == 'table' then
    return reply.err
  elseif first_revision > 0 and ledger_entries > 0 and tonumber(header[3]) > now - ledger_ttl_ms then
    note_repair('ledger-lost')
  end
  reply = redis.pcall(unpack(command))
  return type(reply) == 'table' and reply.err or nil
end

-- Finds idempotency keys by the mark of their generation. Returns true if they belong to this dashboard.
local function check_keys(mark)
  if mark == generation then return true end
  if mark then
    note_repair('keys-of-another-life')
    return false
  end
  -- No key has been stored yet, or the server has lost them; it rarely loses their ages as well.
  local oldest = redis.call('LINDEX', ages_key, 0)
  local used_at, key = string.match(oldest or '', '^(%d+) (.*)$')
  if key and tonumber(used_at) > at - key_ttl_ms and redis.call('HEXISTS', replies_key, key) == 0 then
    note_repair('keys-lost')
  end
  return true
end

-- Lists idempotency keys by age again, from their replies.
local function rebuild_ages()
  local fields, ages = redis.call('HGETALL', replies_key), {}
  for index = 1, #fields, 2 do
    if fields[index] ~= '' then
      ages[#ages + 1] = string.match(fields[index + 1], '^%S+ (%d+)') .. ' ' .. fields[index]
    end
  end
  table.sort(ages)
  for start = 1, #ages, 1000 do
    enqueue_upkeep('RPUSH', ages_key, unpack(ages, start, math.min(start + 999, #ages)))
  end
  note_repair('ages-lost')
end
