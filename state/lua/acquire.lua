-- Takes a site that is free, whose lease has run out, or that an earlier
-- process of the same instance still holds.
-- KEYS[1] owner
-- ARGV[1] instance, [2] process, [3] lease in ms, [4] since, RFC 3339
-- Returns {fence}, or {0, instance, process, ms to the end of the lease} of the holder.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
  return {take(ARGV[1], ARGV[2], 0, tonumber(ARGV[3]), ARGV[4], 1)}
end
local o = redis.call('HMGET', KEYS[1], 'instance', 'process', 'fence', 'until')
local left = (tonumber(o[4]) or 0) - now()
if left > 0 and o[1] ~= ARGV[1] then return {0, o[1] or '', o[2] or '', left} end
return {take(ARGV[1], ARGV[2], o[3], tonumber(ARGV[3]), ARGV[4], 1)}
