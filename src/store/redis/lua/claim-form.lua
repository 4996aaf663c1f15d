-- Decides who moves the data under a prefix on to the data form that this version knows.
--
-- KEYS, in one slot: 1 the index of names, 2 the number of the data form, 3 the mark of a move that is not complete,
--   4 the lock of whoever moves.
-- ARGV: 1 the data form that the instance knows, 2 id of the instance, 3 lifetime of the lock, ms.
-- Returns `ready` if the data has that form, and an empty prefix gets it at once; `move` if the instance has to move
-- it; `busy` while another instance does; or the other form.

local names_key, form_key, moving_key, lock_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local known_form = tonumber(ARGV[1])
local form = redis.call('GET', form_key)
if not form and redis.call('ZCARD', names_key) == 0 then
  redis.call('SET', form_key, ARGV[1])
  return 'ready'
end
local number = tonumber(form or 1)
if not number or number > known_form then return form end
if number == known_form and redis.call('EXISTS', moving_key) == 0 then return 'ready' end
local owner = redis.call('GET', lock_key)
if owner and owner ~= ARGV[2] then return 'busy' end
redis.call('SET', lock_key, ARGV[2], 'PX', ARGV[3])
-- From here on instances of the version before define nothing any more.
redis.call('SET', moving_key, '')
redis.call('SET', form_key, ARGV[1])
return 'move'
