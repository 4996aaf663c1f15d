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
