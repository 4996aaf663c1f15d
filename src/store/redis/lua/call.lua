-- Reads the arguments of the call (change.lua), and replies at once to a probe, a repeated call or a late one.

local dashboard_key, replies_key, ages_key, ledger_key, call_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- Number of keys before those of points.
local POINTS_OFFSET = 5

local channel, call_id, reply_ttl_ms, deadline = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local known_epoch, known_revision, new_epoch = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local key_ttl_ms, ledger_ttl_ms, ledger_entries = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local requires_confirmation, kind, counter_count = ARGV[11] == '1', ARGV[12], tonumber(ARGV[13])
-- Number of arguments before the names of counters, and before those of the kind.
local NAMES_OFFSET = 13
local ARGS_OFFSET = NAMES_OFFSET + counter_count

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if kind == 'probe' then
  -- An empty write: it changes nothing, and fails wherever a change would, for example when memory is full.
  redis.call('SETRANGE', call_key, 0, '')
  return '{"now":' .. to_text(now) .. '}'
end

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
