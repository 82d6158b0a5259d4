-- Put before every other script.
-- KEYS[1] owner: HASH instance, process, fence, seq, since, until.

-- Whose the site is, seen by a process with its fence: OURS and the number of
-- the last write; FENCED: somebody took it after us; BEHIND: nobody did, but
-- Redis is not as we left it (emptied, or gone back to an older copy). No
-- two ownerships have one process, so its fence need only be compared with others'.
local function standing(process, fence)
  if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 'BEHIND' end
  local o = redis.call('HMGET', KEYS[1], 'process', 'fence', 'seq')
  if o[1] == process then return 'OURS', o[3] end
  if (tonumber(o[2]) or 0) < tonumber(fence) then return 'BEHIND' end
  return 'FENCED'
end

-- Redis's clock in Unix milliseconds.
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function int(n) return string.format('%.0f', n) end

-- Makes process the owner and returns its fence: greater than any before,
-- even if Redis was emptied in between, because it is at least the time.
local function take(instance, process, last, lease, since, seq)
  local t = now()
  local fence = math.max((tonumber(last) or 0) + 1, math.floor(t / 1000))
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'instance', instance, 'process', process, 'fence', int(fence),
    'seq', seq, 'since', since, 'until', int(t + lease))
  return fence
end
