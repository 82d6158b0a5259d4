-- Put before every other script.
-- KEYS[1] owner: HASH instance, process, fence, seq, since, until, entries (the number of the last event).
--
-- What stands in the hash may have been written by anybody: a field may be
-- missing, be no number, or claim what cannot be.

-- A whole number as we write it, of up to 15 digits, which Lua keeps exactly; nil for anything else.
local function plain(s)
  if s and #s <= 15 and (s == '0' or string.match(s, '^[1-9]%d*$')) then return tonumber(s) end
end

-- Whose the site is, seen by a process with its fence: OURS and the number of
-- the last write; FENCED: somebody took it after us; BEHIND: nobody did, but
-- Redis is not as we left it (emptied, gone back to an older copy, or written to
-- by hand). No two ownerships have one process, so its fence need only be compared with others'.
local function standing(process, fence)
  if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 'BEHIND' end
  local o = redis.call('HMGET', KEYS[1], 'process', 'fence', 'seq')
  if o[1] == process then return 'OURS', o[3] end
  if (plain(o[2]) or 0) <= tonumber(fence) then return 'BEHIND' end
  return 'FENCED'
end

-- The first write of every script. A Redis that refuses writes, whatever for,
-- refuses this one, before anything has changed. One that is only over its
-- maxmemory refuses a script that begins with a write that may grow, and lets all
-- pass after one that cannot grow, which this is. So lease, take-over
-- and save are refused together or not at all. It also frees the key of what is no hash.
local function begin()
  local is = redis.call('TYPE', KEYS[1]).ok
  if is == 'hash' or is == 'none' then redis.call('HDEL', KEYS[1], '') else redis.call('DEL', KEYS[1]) end
end

-- Tries the right to write fields, with what stands there already, before a script deletes what it is to write again.
-- Redis does not undo the first half of a script that it refuses half way: without this a lost right would cost a promise.
-- Other rights may be lost: what is written by then stands, its index has it from before, and all of it is written again.
local function try(process) redis.call('HSET', KEYS[1], 'process', process) end

-- Redis's clock in Unix milliseconds.
local function now()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local function int(n) return string.format('%.0f', n) end

-- Makes process the owner and returns its fence: greater than any before,
-- even if Redis was emptied in between, because it is at least the time in ms.
local function take(instance, process, last, lease, since, seq)
  local t = now()
  local fence = math.max((plain(last) or 0) + 1, t)
  if not plain(int(fence)) then fence = t end
  redis.call('HSET', KEYS[1], 'instance', instance, 'process', process, 'fence', int(fence),
    'seq', seq, 'since', since, 'until', int(t + lease))
  return fence
end
