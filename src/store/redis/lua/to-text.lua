-- Writes integers as text, exact up to MAX_VALUE (2^53 - 1).

-- '%d' takes a quarter of the time of '%.0f', but is limited to 32 bits on some builds of the server.
local INTEGER_FORMAT = string.format('%d', MAX_VALUE) == MAX_VALUE_TEXT and '%d' or '%.0f'
local format = string.format
local function to_text(number) return format(INTEGER_FORMAT, number) end
