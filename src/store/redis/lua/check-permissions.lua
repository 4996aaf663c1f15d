-- Lists what the user of the connection may not do. Reads and writes nothing, so that each node can answer it.
-- ARGV: 1 a dashboard's key, 2 the index of names, 3 a channel, 4 `1` if replicas or disks must confirm changes.
-- Returns the commands, each with its key or channel.

-- @include permissions.lua
return list_denied_commands(ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1')
