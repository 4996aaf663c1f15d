-- Asks the access list what the user of the connection may do, without doing it (redis.acl_check_cmd, Redis 7.0).

-- Returns the commands that the user may not run on a dashboard, each with its key or channel.
local function list_denied_commands(dashboard, names, patches, is_confirmed)
  local ledger, replies = dashboard .. ':ledger', dashboard .. ':keys'
  local points, sent = dashboard .. ':points:counter:1', dashboard .. ':sent:instance'
  local documents, document_names = dashboard .. ':documents', dashboard .. ':document-names'
  local expiry, ages, undone = dashboard .. ':expiry', dashboard .. ':ages', dashboard .. ':undone'
  local commands = {
    {'EVAL', '', '1', dashboard}, {'EVALSHA', '', '1', dashboard}, {'TIME'}, {'TYPE', dashboard},
    {'EXISTS', dashboard}, {'HGETALL', dashboard}, {'HMGET', dashboard, 'epoch'}, {'HGET', dashboard, 'epoch'},
    {'HSET', dashboard, 'epoch', ''}, {'HDEL', dashboard, 'day-start'}, {'UNLINK', dashboard},
    {'HMGET', replies, 'key'}, {'HGET', replies, 'key'}, {'HGETALL', replies}, {'HEXISTS', replies, 'key'},
    {'HSET', replies, 'key', ''}, {'HDEL', replies, 'key'}, {'HLEN', replies}, {'UNLINK', replies},
    {'ZCARD', expiry}, {'ZRANGE', expiry, '0', '0'}, {'ZADD', expiry, '0', ''}, {'ZREM', expiry, ''}, {'XLEN', points},
    {'HSCAN', replies, '0'}, {'HKEYS', dashboard}, {'PERSIST', replies}, {'RENAME', points, points}, {'UNLINK', ages},
    {'XADD', ledger, '1-0', 'field', ''}, {'XRANGE', ledger, '-', '+'}, {'XREVRANGE', ledger, '+', '-'},
    {'XTRIM', ledger, 'MINID', '1'}, {'XDEL', ledger, '1-0'}, {'XSETID', ledger, '1-0'},
    {'XADD', points, '1-0', 'field', ''}, {'XRANGE', points, '-', '+'}, {'XREVRANGE', points, '+', '-'},
    {'ZADD', undone, '0', ''}, {'ZRANGE', undone, '0', '0'}, {'ZSCORE', undone, ''},
    {'ZREMRANGEBYSCORE', undone, '0', '0'}, {'UNLINK', undone},
    {'HGET', documents, 'name'}, {'HSET', documents, 'name', ''}, {'HDEL', documents, 'name'}, {'UNLINK', documents},
    {'ZADD', document_names, '0', ''}, {'ZREM', document_names, ''}, {'UNLINK', document_names},
    {'ZRANGEBYLEX', document_names, '-', '+'}, {'ZREVRANGEBYLEX', document_names, '+', '-'},
    {'GET', sent}, {'SET', sent, '', 'PX', '1'}, {'PEXPIRE', sent, '1'}, {'SETRANGE', sent, '0', ''},
    {'GET', names .. ':form'}, {'SET', names .. ':form', ''}, {'DEL', names .. ':form'},
    {'GET', names .. ':time'}, {'SET', names .. ':time', ''},
    {'ZSCORE', names, ''}, {'ZCARD', names}, {'ZADD', names, '0', ''}, {'ZREM', names, ''},
    {'ZRANGEBYLEX', names, '-', '+'}, {'SPUBLISH', patches, ''}, {'SSUBSCRIBE', patches}, {'SUNSUBSCRIBE', patches},
  }
  if is_confirmed then
    commands[#commands + 1] = {'WAIT', '1', '1'}
    commands[#commands + 1] = {'SET', dashboard .. ':seen:instance', '', 'PX', '1'}
  end
  local denied = {}
  for _, command in ipairs(commands) do
    if not redis.acl_check_cmd(unpack(command)) then
      local target = string.sub(command[1], 1, 4) == 'EVAL' and command[4] or command[2]
      denied[#denied + 1] = command[1] .. (target and ' ' .. target or '')
    end
  end
  return denied
end
