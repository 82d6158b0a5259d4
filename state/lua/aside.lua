-- Moves a key that cannot be used out of the way; nothing of it is thrown away.
-- KEYS[1] owner, [2] broken: HASH name to reason, [3] the key, [4] its new place, [5] its index, if it has one
-- ARGV[1] process, [2] fence, [3] name in broken, [4] reason, [5] only if it is not of this type, or "", [6] member of the index
-- and what comes into its place, if anything: [7] field, [8] value, ...
-- Returns OURS, FENCED or BEHIND; nothing is written but for OURS.
local standing = standing(ARGV[1], ARGV[2])
if standing ~= 'OURS' then return standing end
local is = redis.call('TYPE', KEYS[3]).ok
if is == 'none' or is == ARGV[5] then return standing end
begin()
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end
redis.call('RENAME', KEYS[3], KEYS[4])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
if ARGV[7] then
  redis.call('HSET', KEYS[3], unpack(ARGV, 7))
  redis.call('ZADD', KEYS[5], 'inf', ARGV[6])
elseif KEYS[5] then
  redis.call('ZREM', KEYS[5], ARGV[6])
end
return standing
