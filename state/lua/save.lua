-- Writes the changes of one or more steps, all of them or nothing.
-- KEYS[1] owner, [2] events, then the indexes, the keys of what is gone, the keys of what changed
-- ARGV[1] process, [2] fence, [3] seq of the last write, [4] seq of this one, [5] most entries of events, [6] for how many ms they are kept,
--   [7] [8] [9] [10] how many indexes, gone, changed, entries, [11] how many entries before these are lost; then for each
--   gone:    its index (from 1), member
--   changed: its index, member, expiry in Unix ms or "", how many strings, field, value, ...
--   entry:   how many strings, field, value, ...
-- Returns {OURS, the number of the last entry, the id of each} when written, otherwise {FENCED}, {BEHIND} or {MISTYPED} (an index
-- or events is of another type).
local standing, seq = standing(ARGV[1], ARGV[2])
if standing ~= 'OURS' then return {standing} end
if seq ~= ARGV[3] then return {'BEHIND'} end

local function mistyped(key, want)
  local is = redis.call('TYPE', key).ok
  return is ~= want and is ~= 'none'
end
local indexes = tonumber(ARGV[7])
if mistyped(KEYS[2], 'stream') then return {'MISTYPED'} end
for i = 3, 2 + indexes do
  if mistyped(KEYS[i], 'zset') then return {'MISTYPED'} end
end

begin()
try(ARGV[1])
local key, arg = 2 + indexes, 11
for _ = 1, ARGV[8] do
  key = key + 1
  redis.call('DEL', KEYS[key])
  redis.call('ZREM', KEYS[2 + ARGV[arg + 1]], ARGV[arg + 2])
  arg = arg + 2
end

local expiring = {}
for _ = 1, ARGV[9] do
  key = key + 1
  local index, expiry, n = KEYS[2 + ARGV[arg + 1]], ARGV[arg + 3], ARGV[arg + 4]
  redis.call('DEL', KEYS[key])
  redis.call('HSET', KEYS[key], unpack(ARGV, arg + 5, arg + 4 + n))
  if expiry == '' then
    redis.call('ZADD', index, 'inf', ARGV[arg + 2])
  else
    redis.call('ZADD', index, expiry, ARGV[arg + 2])
    redis.call('PEXPIREAT', KEYS[key], expiry)
    expiring[index] = true
  end
  arg = arg + 4 + n
end
for index in pairs(expiring) do
  redis.call('ZREMRANGEBYSCORE', index, '-inf', int(now()))
end

-- Entries are numbered without a gap, so that a reader sees whether some were trimmed before they were read. Those that
-- were lost before they came here leave one.
local written = {'OURS', '0'}
if ARGV[10] ~= '0' then
  local number = plain(redis.call('HGET', KEYS[1], 'entries'))
  if not number then
    local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
    number = last and last[2][1] == 'n' and plain(last[2][2]) or 0
  end
  number = number + ARGV[11]
  for _ = 1, ARGV[10] do
    local n = ARGV[arg + 1]
    number = number + 1
    written[#written + 1] = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'n', int(number), unpack(ARGV, arg + 2, arg + 1 + n))
    arg = arg + 1 + n
  end
  redis.call('HSET', KEYS[1], 'entries', int(number))
  written[2] = int(number)
  redis.call('XTRIM', KEYS[2], 'MINID', '~', int(now() - ARGV[6]))
end
redis.call('HSET', KEYS[1], 'seq', ARGV[4])
return written
