-- Takes a number out of what Redis has: events and what was moved aside go, callbacks that are over get another name for it.
-- KEYS[1] owner, [2] events, [3] erased: ZSET of the ids of events that were taken out, by number, [4] broken, then callbacks, then what was
--   moved aside
-- ARGV[1] process, [2] fence, [3] how long erased is kept in ms, [4] the number, [5] its other name, [6] [7] [8] how many events, callbacks and
--   things moved aside; then the id and the number of each event, the name of each thing
-- Returns OURS when done, else FENCED or BEHIND.
local standing = standing(ARGV[1], ARGV[2])
if standing ~= 'OURS' then return standing end
begin()
local arg = 8
for _ = 1, ARGV[6] do
  redis.call('XDEL', KEYS[2], ARGV[arg + 1])
  if ARGV[arg + 2] ~= '0' then redis.call('ZADD', KEYS[3], ARGV[arg + 2], ARGV[arg + 1]) end
  arg = arg + 2
end
if ARGV[6] ~= '0' then redis.call('PEXPIRE', KEYS[3], ARGV[3]) end
local key = 4
for _ = 1, ARGV[7] do
  key = key + 1
  if redis.call('HGET', KEYS[key], 'number') == ARGV[4] then redis.call('HSET', KEYS[key], 'number', ARGV[5]) end
end
for _ = 1, ARGV[8] do
  key, arg = key + 1, arg + 1
  redis.call('DEL', KEYS[key])
  redis.call('HDEL', KEYS[4], ARGV[arg])
end
return standing
