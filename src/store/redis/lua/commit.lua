-- The end of the step: writing where the dashboard is now, telling who listens, and the answer.

local function patch()
  local values, totals = {}, {}
  for name, counter in pairs(counters) do
    if counter and counter.is_touched then
      values[#values + 1] = '"' .. name .. '":' .. text(counter.value)
      totals[#totals + 1] = '"' .. name .. '":' .. counter.added
    end
  end
  return '{"epoch":"' .. epoch .. '","from":' .. text(from) .. ',"revision":' .. text(revision) .. ',"at":' .. at_text ..
    ',"counters":{' .. table.concat(values, ',') .. '},"added":{' .. table.concat(totals, ',') .. '}}'
end

-- A dashboard at rest forgets as well, a while late.
local function forget_at_rest()
  write('PEXPIRE', KEYS[4], text(ledger_ms + IDLE_EXPIRY_GRACE_MS))
  write('PEXPIRE', KEYS[2], text(key_ms + IDLE_EXPIRY_GRACE_MS))
  write('PEXPIRE', KEYS[3], text(key_ms + IDLE_EXPIRY_GRACE_MS))
end

-- Writes where the dashboard is now, forgets what is past its time in bounded portions, tells who listens, and answers.
local function finish(replies, is_whole)
  local news = 'null'
  if revision > from then
    local flat = {'revision', text(revision), 'at', at_text}
    for name, counter in pairs(counters) do
      if counter and counter.is_touched then
        flat[#flat + 1] = 'c:' .. name
        flat[#flat + 1] = kept(counter)
      end
    end
    set_all(KEYS[1], flat)
    local first = redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 1)[1]
    local oldest = first and tonumber(string.match(first[1], '%d+')) or from + 1
    local last = math.max(oldest, revision - ledger_entries + 1)
    if first and tonumber(first[2][2]) <= now - ledger_ms then
      for _, entry in ipairs(redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 64)) do
        if tonumber(entry[2][2]) > now - ledger_ms then break end
        last = math.max(last, tonumber(string.match(entry[1], '%d+')) + 1)
      end
    end
    last = math.min(last, oldest + 500 + 2 * (revision - from))
    if last > oldest then write('XTRIM', KEYS[4], 'MINID', text(last)) end
    local interval = at - at % IDLE_EXPIRY_INTERVAL_MS
    if from == 0 or tonumber(head[3] or 0) < interval then forget_at_rest() end
  end
  if is_whole or is_other then news = '{"epoch":"' .. (epoch or '') .. '","revision":' .. text(revision) .. '}'
  elseif revision > from then news = patch() end
  local answer = '{"now":' .. text(now) .. ',"patch":' .. news .. ',"replies":[' .. table.concat(replies, ',') .. ']}'
  if #writes > 0 or waits then write('SET', KEYS[5], group .. ' ' .. answer, 'PX', sent_ms) end
  for _, command in ipairs(writes) do redis.call(unpack(command)) end
  -- What waits for replicas is told by the instance when they have it.
  if news ~= 'null' and not waits then redis.call('SPUBLISH', channel, news) end
  return answer
end
