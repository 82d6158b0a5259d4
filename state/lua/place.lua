-- Writes down how far a reader of the journal is. Only the owner's readers do: a former owner's place is not taken for it.
-- KEYS[1] owner, [2] readers: HASH name to place
-- ARGV[1] process, [2] fence, [3] name, [4] place
-- Returns OURS when written, else FENCED or BEHIND.
local standing = standing(ARGV[1], ARGV[2])
if standing ~= 'OURS' then return standing end
begin()
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return standing
