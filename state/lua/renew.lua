-- Prolongs the lease. A site that Redis has forgotten, and that nobody took
-- meanwhile, is taken again; its seq of 0 tells that the state must be written anew.
-- KEYS[1] owner
-- ARGV[1] instance, [2] process, [3] lease in ms, [4] since, RFC 3339, [5] fence
-- Returns {fence, seq}, or {0, instance, process} of the new owner.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
  return {take(ARGV[1], ARGV[2], ARGV[5], tonumber(ARGV[3]), ARGV[4], 0), 0}
end
local o = redis.call('HMGET', KEYS[1], 'instance', 'process', 'fence', 'seq')
if o[2] == ARGV[2] then
  redis.call('HSET', KEYS[1], 'until', int(now() + tonumber(ARGV[3])))
  return {tonumber(o[3]), tonumber(o[4]) or 0}
end
if (tonumber(o[3]) or 0) < tonumber(ARGV[5]) then
  return {take(ARGV[1], ARGV[2], ARGV[5], tonumber(ARGV[3]), ARGV[4], 0), 0}
end
return {0, o[1] or '', o[2] or ''}
