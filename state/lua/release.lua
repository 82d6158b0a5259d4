-- Ends the lease at once. The fence stays, for the next owner's to be greater.
-- KEYS[1] owner
-- ARGV[1] process, [2] fence
-- Returns OURS, FENCED or BEHIND; nothing is written but for OURS.
local standing = standing(ARGV[1], ARGV[2])
if standing == 'OURS' then
  begin()
  redis.call('HSET', KEYS[1], 'until', 0)
end
return standing
