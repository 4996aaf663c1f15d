-- Replies at once to a repeated call and to a late one.

local is_late = now > deadline
local last_call = redis.call('GET', call_key)
if last_call then
  local space = string.find(last_call, ' ', 1, true)
  local last_id = string.sub(last_call, 1, space - 1)
  if last_id == call_id then
    -- A write, so that WAIT has something to confirm.
    redis.call('PEXPIRE', call_key, reply_ttl_ms)
    return string.sub(last_call, space + 1)
  end
  -- The call was in flight on a connection that was given up. It has been sent again and answered since.
  is_late = is_late or tonumber(last_id) > tonumber(call_id)
end
if is_late then return '{"now":' .. to_text(now) .. ',"late":true}' end
