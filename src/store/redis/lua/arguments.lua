-- Reads the arguments of the call (change.lua).

local dashboard_key, replies_key, expiry_key, ledger_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local undone_key, call_key = KEYS[5], KEYS[6]
-- Number of keys before those of points.
local POINTS_OFFSET = 6

local channel, call_id, reply_ttl_ms, deadline = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local known_epoch, known_revision, known_at, new_epoch = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local key_ttl_ms, ledger_ttl_ms, ledger_entries = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local requires_confirmation, known_form = ARGV[12] == '1', tonumber(ARGV[13])
local believed_now, expiry = tonumber(ARGV[14]), tonumber(ARGV[15])
local known_reckoning, day_starts, known_version = ARGV[16], ARGV[17], tonumber(ARGV[18])
local kind, counter_count = ARGV[19], tonumber(ARGV[20])
-- Number of arguments before the names of counters, and before those of the kind.
local NAMES_OFFSET = 20
local ARGS_OFFSET = NAMES_OFFSET + counter_count
