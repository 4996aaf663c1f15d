-- Repairs keys that disagree with the dashboard: those of an earlier life, of a step that stopped half-way, or lost.
-- One function holds them all: creating a function costs each call about 0.2 microseconds.

-- Names of what was found, as JSON; nil if nothing was.
local repairs

-- Kinds:
--   note: names a finding
--   is-taken: true if an error of XADD means that the id is taken
--   cut: removes the entries of a stream from an id on, so that it can be appended to
--   ledger: appends the first entry after `target`, the reply of XADD, was no id; returns the error, if that fails
--   keys: looks for idempotency keys that have no mark of the generation, or (`target`) another one; returns true if
--     they belong to this dashboard
--   expiry: lists idempotency keys by their end again, from their replies
local function repair(kind_of_repair, target, id)
  local function note(name) repairs = (repairs and repairs .. ',' or '') .. '"' .. name .. '"' end

  local function is_taken(text) return string.find(text, 'equal or smaller', 1, true) ~= nil end

  local function cut(key, from)
    local last = redis.call('XREVRANGE', key, '(' .. from, '-', 'COUNT', 1)[1]
    if not last then return redis.call('UNLINK', key) end
    repeat
      local beyond = redis.call('XRANGE', key, from, '+', 'COUNT', 500)
      for _, entry in ipairs(beyond) do redis.call('XDEL', key, entry[1]) end
    until #beyond < 500
    redis.call('XSETID', key, last[1])
  end

  local function repair_ledger()
    local command = ledger_writes[1]
    if target and is_taken(target.err) then
      -- The entry belongs to a life or to a step that the dashboard does not know.
      cut(ledger_key, command[3])
      note('ledger-ahead')
      epoch, is_new_epoch = new_epoch, true
      enqueue('HSET', dashboard_key, 'epoch', epoch)
    elseif target then
      return target.err
    elseif first_revision > 0 and ledger_entries > 0 and tonumber(header[3]) > expiry - ledger_ttl_ms then
      note('ledger-lost')
    end
    local reply = redis.pcall(unpack(command))
    return type(reply) == 'table' and reply.err or nil
  end

  local function check_keys()
    if target then
      note('keys-of-another-life')
      return false
    end
    -- No key has been stored yet, or the server has lost them; it rarely loses their list as well.
    local newest = redis.call('ZRANGE', expiry_key, 0, 0, 'REV', 'WITHSCORES')
    if newest[1] and tonumber(newest[2]) > expiry and redis.call('HEXISTS', replies_key, newest[1]) == 0 then
      note('keys-lost')
      enqueue_upkeep('UNLINK', expiry_key)
    end
    return true
  end

  local function rebuild_expiry()
    local fields, ends = redis.call('HGETALL', replies_key), {}
    enqueue_upkeep('UNLINK', expiry_key)
    for index = 1, #fields, 2 do
      if fields[index] ~= '' then
        ends[#ends + 1] = string.match(fields[index + 1], '^%S+ %d+ (%d+)')
        ends[#ends + 1] = fields[index]
      end
    end
    for start = 1, #ends, 1000 do
      enqueue_upkeep('ZADD', expiry_key, unpack(ends, start, math.min(start + 999, #ends)))
    end
    note('expiry-lost')
  end

  if kind_of_repair == 'note' then return note(target) end
  if kind_of_repair == 'is-taken' then return is_taken(target) end
  if kind_of_repair == 'cut' then return cut(target, id) end
  if kind_of_repair == 'ledger' then return repair_ledger() end
  if kind_of_repair == 'keys' then return check_keys() end
  return rebuild_expiry()
end
