-- The open day: changes are booked in the day of the change before, until it has ended. Lua knows no time zones, so the
-- instance passes the starts of days around now, and says by which reckoning (day-starts.ts).

-- 0 before the first change, and after the days of the dashboard have changed.
local day_start, day_end = tonumber(header[9] or 0), tonumber(header[10] or 0)
local is_new_day = false
-- Encoded time zone and day start of the dashboard; nil until it is read.
local reckoning

local function is_day_open() return at >= day_start and at < day_end end

-- Returns start and end of the day that `at` is in, or nothing if the instance has not passed them.
local function find_day()
  reckoning = reckoning or redis.call('HGET', dashboard_key, 'reckoning') or '00:00'
  if known_reckoning ~= reckoning then return end
  local start
  for text in string.gmatch(day_starts, '%d+') do
    local moment = tonumber(text)
    if moment > at then
      if start then return start, moment end
      return
    end
    start = moment
  end
end

-- The answer to a call that came without its day. Nothing is done.
local function request_days()
  return '{"now":' .. to_text(now) .. ',"reckoning":' .. cjson.encode(reckoning) .. ',"at":' .. at_text .. '}'
end

-- Opens the day that `at` is in. Returns the answer, if the instance has to pass it first.
local function open_day()
  if is_day_open() then return end
  local start, ending = find_day()
  if not start then return request_days() end
  day_start, day_end, is_new_day = start, ending, true
end
