-- Arithmetic on values and totals. Numbers in Lua are doubles, exact up to MAX_VALUE (2^53 - 1). Totals are 64-bit, so
-- they are decimal text like MAX_TOTAL, and larger ones are added in two halves.

local function add_to_total(total, amount)
  local sum = tonumber(total) + amount
  if sum <= MAX_VALUE then return to_text(sum) end
  local rest = math.fmod(amount, 1e9)
  local low = tonumber(string.sub(total, -9)) + rest
  local high = (tonumber(string.sub(total, 1, -10)) or 0) + (amount - rest) / 1e9
  if low >= 1e9 then low, high = low - 1e9, high + 1 end
  return string.format('%.0f%09.0f', high, low)
end

local function exceeds_max_total(total)
  return #total > #MAX_TOTAL or (#total == #MAX_TOTAL and total > MAX_TOTAL)
end

-- Encodes the totals of a counter as two JSON values: text beyond MAX_VALUE, which parsers would round.
local function encode_totals(added, removed)
  local digits = #MAX_VALUE_TEXT
  if #added < digits and #removed < digits then return added .. ',' .. removed end
  if #added > digits or (#added == digits and added > MAX_VALUE_TEXT) then added = '"' .. added .. '"' end
  if #removed > digits or (#removed == digits and removed > MAX_VALUE_TEXT) then removed = '"' .. removed .. '"' end
  return added .. ',' .. removed
end

-- Returns `to - from` as JSON, exact: two values can be almost 2^54 apart. Beyond MAX_VALUE their signs differ, and the
-- way leads by 0: two amounts, of which each is exact.
local function encode_difference(to, from)
  local difference = to - from
  if difference >= -MAX_VALUE and difference <= MAX_VALUE then return to_text(difference) end
  if difference > 0 then return '"' .. add_to_total(to_text(to), -from) .. '"' end
  return '"-' .. add_to_total(to_text(from), -to) .. '"'
end
