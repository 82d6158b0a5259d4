-- Takes a site that is free, that an earlier process of the same instance
-- still holds, or whose holder has given no sign of life for long enough.
-- KEYS[1] owner
-- ARGV[1] instance, [2] process, [3] lease in ms, [4] since, RFC 3339
-- [5] the sign of a holder that was watched for the time of a lease and never changed, or ""
-- [6] the longest that a lease may have left, in ms; one that claims more has run out
-- [7] "" if it has seen no holder before: then a site that Redis knows nothing of is free. If it has,
--   Redis was emptied, and the holder lives, perhaps
-- [8] "try" if it was refused before when it would have taken the site: only try to write then,
--   so that the holder has the time of another lease after writes are accepted again; or ""
-- Returns {fence, fence before, seq before}, the latter two "" if there were none,
-- or {0, instance, process, sign, ms to the end of the lease} of the holder.
begin()
local o = redis.call('HMGET', KEYS[1], 'instance', 'process', 'fence', 'seq', 'until')
for i = 1, 5 do o[i] = o[i] or '' end
local sign = redis.sha1hex(o[2] .. ' ' .. o[3] .. ' ' .. o[5])
local left = (plain(o[5]) or 0) - now()
local free = o[5] == '0' or ARGV[7] == '' and redis.call('EXISTS', KEYS[1]) == 0
local silent = ARGV[5] == sign and (left <= 0 or left > tonumber(ARGV[6]))
if silent and ARGV[8] == 'try' then
  silent = false
  redis.call('HSET', KEYS[1], 'until', o[5])
end
if not free and o[1] ~= ARGV[1] and not silent then return {0, o[1], o[2], sign, int(left)} end
return {take(ARGV[1], ARGV[2], o[3], tonumber(ARGV[3]), ARGV[4], 1), o[3], o[4]}
