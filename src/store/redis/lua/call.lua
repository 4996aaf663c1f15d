-- The arguments of the call, and what is answered when it comes too late or once more.

local channel, group, sent_ms, deadline = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local known_epoch, known_revision, fresh_epoch = ARGV[5], tonumber(ARGV[6]), ARGV[7]
local key_ms, ledger_ms, ledger_entries = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local waits, kind, names = ARGV[11] == '1', ARGV[12], tonumber(ARGV[13])
local FIRST = 13 + names

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
if kind == 'probe' then
  -- Changes nothing, and is refused where a change would be: memory or disk that is full, a server that is a replica now.
  redis.call('SETRANGE', KEYS[5], 0, '')
  return '{"now":' .. text(now) .. '}'
end

local late = '{"now":' .. text(now) .. ',"late":true}'
local sent = redis.call('GET', KEYS[5])
if sent then
  local space = string.find(sent, ' ', 1, true)
  local last = string.sub(sent, 1, space - 1)
  if last == group then
    -- A write, so that there is something to wait for.
    redis.call('PEXPIRE', KEYS[5], sent_ms)
    return string.sub(sent, space + 1)
  end
  -- It was on its way by a connection that was given up: it has been answered since, and others after it.
  if tonumber(last) > tonumber(group) then return late end
end
if now > deadline then return late end
