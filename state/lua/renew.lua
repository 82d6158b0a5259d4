-- Prolongs the lease, and mends what became of its fields. A site that Redis has forgotten, and that nobody took
-- meanwhile, is taken again; its seq of 0 tells that the state must be written anew.
-- KEYS[1] owner
-- ARGV[1] instance, [2] process, [3] lease in ms, [4] since, RFC 3339, [5] fence
-- Returns {fence, seq}, or {0, instance, process} of the new owner.
local standing, seq = standing(ARGV[2], ARGV[5])
if standing == 'FENCED' then
  local o = redis.call('HMGET', KEYS[1], 'instance', 'process')
  return {0, o[1] or '', o[2] or ''}
end
begin()
if standing == 'BEHIND' then
  return {take(ARGV[1], ARGV[2], ARGV[5], tonumber(ARGV[3]), ARGV[4], 0), 0}
end
if not plain(seq) then seq = '0' end
redis.call('HSET', KEYS[1], 'instance', ARGV[1], 'fence', ARGV[5], 'seq', seq, 'since', ARGV[4],
  'until', int(now() + tonumber(ARGV[3])))
return {tonumber(ARGV[5]), tonumber(seq)}
