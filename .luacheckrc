-- Globals of the Lua scripts for Redis: what the server provides to scripts, as far as they use it.
stds.redis = {
  read_globals = {
    'KEYS', 'ARGV', 'redis', 'cjson', 'ipairs', 'math', 'pairs', 'string', 'table', 'tonumber', 'tostring', 'unpack',
    'pcall', 'type',
    -- Constants that src/store/redis/lua-scripts.ts writes at the head of the change script.
    'MAX_VALUE', 'MAX_VALUE_TEXT', 'MAX_TOTAL', 'BUCKETS', 'FREQUENT_TRIM_TTL_MS', 'CLOCK_TOLERANCE_MS',
  },
}
std = 'redis'
