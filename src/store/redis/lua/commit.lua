-- Ends a call: writes the new state, publishes it, and builds the reply.

local function encode_patch()
  local values, totals = {}, {}
  for name, counter in pairs(counters) do
    if counter and counter.is_changed then
      values[#values + 1] = '"' .. name .. '":' .. to_text(counter.value)
      totals[#totals + 1] = counter.is_gauge and 'null,null' or encode_totals(counter.added, counter.removed)
    end
  end
  return '{"epoch":"' .. epoch .. '","from":' .. to_text(first_revision) .. ',"revision":' .. to_text(revision) ..
    ',"at":' .. at_text .. ',"counters":{' .. table.concat(values, ',') .. '},"totals":[' ..
    table.concat(totals, ',') .. ']}'
end

-- Removes ledger entries that are past their retention, a bounded number per call.
local function trim_ledger()
  local first = redis.call('XRANGE', ledger_key, '-', '+', 'COUNT', 1)[1]
  local oldest = first and tonumber(string.match(first[1], '%d+')) or first_revision + 1
  local keep_from = math.max(oldest, revision - ledger_entries + 1)
  if first and tonumber(first[2][2]) <= expiry - ledger_ttl_ms then
    for _, entry in ipairs(redis.call('XRANGE', ledger_key, '-', '+', 'COUNT', 64)) do
      if tonumber(entry[2][2]) > expiry - ledger_ttl_ms then break end
      keep_from = math.max(keep_from, tonumber(string.match(entry[1], '%d+')) + 1)
    end
  end
  keep_from = math.min(keep_from, oldest + 500 + 2 * (revision - first_revision))
  if keep_from <= oldest then return end
  enqueue_upkeep('XTRIM', ledger_key, 'MINID', to_text(keep_from))
  if last_undone_text then enqueue_upkeep('ZREMRANGEBYSCORE', undone_key, '-inf', '(' .. to_text(keep_from)) end
end

-- Number of commands that were sent.
local sent = 0

local function run(commands, first)
  local call = redis.call
  for index = first, #commands do
    sent = sent + 1
    call(unpack(commands[index]))
  end
end

-- Finishes what is left of `upkeep` after one of its commands has failed. Returns the last error, if one remains.
local function finish_upkeep(failure)
  local fault
  repeat
    local command, is_done = upkeep[sent], false
    -- Some versions of the server raise a table, others its text.
    local text = type(failure) == 'table' and failure.err or tostring(failure)
    if command[1] == 'XADD' and repair('is-taken', text) then
      repair('note', 'points-ahead')
      is_done, failure = pcall(repair, 'cut', command[2], command[6])
      if is_done then is_done, failure = pcall(redis.call, unpack(command)) end
    end
    if not is_done then fault = type(failure) == 'table' and failure.err or tostring(failure) end
    is_done, failure = pcall(run, upkeep, sent + 1)
  until is_done
  return fault
end

-- Writes everything that was queued. `needs_reload` publishes a patch that tells subscribers to read the whole
-- dashboard.
local function commit(replies, needs_reload)
  local message = 'null'
  local first_entry = ledger_writes[1]
  if first_entry then
    -- NOMKSTREAM tells a ledger that is gone, for nothing.
    local reply = redis.pcall('XADD', ledger_key, 'NOMKSTREAM', first_entry[3], 't', at_text, 'e', first_entry[7])
    local refusal = type(reply) ~= 'string' and repair('ledger', reply)
    if refusal then return redis.error_reply(refusal) end
  end
  if revision > first_revision then
    local fields = {'revision', to_text(revision), 'at', at_text}
    if is_new_day then
      fields[5], fields[6], fields[7], fields[8] = 'day-start', to_text(day_start), 'day-end', to_text(day_end)
    end
    for name, counter in pairs(counters) do
      if counter and counter.is_changed then
        fields[#fields + 1] = 'c:' .. name
        fields[#fields + 1] = encode_counter(counter)
        if counter.set_revision then
          fields[#fields + 1] = 's:' .. name
          fields[#fields + 1] = to_text(counter.set_revision)
        end
      end
    end
    enqueue_hset(dashboard_key, fields)
    -- Looking at the oldest entry costs a command, so it is done every 16 revisions where that makes no difference.
    if math.floor(revision / 16) ~= math.floor(first_revision / 16) or ledger_entries < 10000 or
      ledger_ttl_ms < FREQUENT_TRIM_TTL_MS then
      trim_ledger()
    end
  end
  if needs_reload or is_new_epoch then
    message = '{"epoch":"' .. (epoch or '') .. '","revision":' .. to_text(revision) .. '}'
  elseif revision > first_revision then
    message = encode_patch()
  end
  local answer = '{"now":' .. to_text(now) .. ',"patch":' .. message .. ',"replies":[' ..
    table.concat(replies, ',') .. ']}'
  if #ledger_writes + #writes > 0 or requires_confirmation then
    enqueue_upkeep('SET', call_key, call_id .. ' ' .. answer, 'PX', reply_ttl_ms)
  end
  -- If replicas must confirm the change first, the instance publishes it afterwards.
  if message ~= 'null' and not requires_confirmation then enqueue_upkeep('SPUBLISH', channel, message) end
  sent = first_entry and 1 or 0
  local is_done, failure = pcall(run, ledger_writes, 2)
  if is_done then is_done, failure = pcall(run, writes, 1) end
  if not is_done then
    local text = type(failure) == 'table' and failure.err or tostring(failure)
    return redis.error_reply((sent == 1 and '' or 'PARTIAL ') .. text)
  end
  sent = 0
  is_done, failure = pcall(run, upkeep, 1)
  local fault = not is_done and finish_upkeep(failure)
  if not fault and not repairs then return answer end
  return string.sub(answer, 1, -2) .. (repairs and ',"repairs":[' .. repairs .. ']' or '') ..
    (fault and ',"fault":' .. cjson.encode(fault) or '') .. '}'
end
