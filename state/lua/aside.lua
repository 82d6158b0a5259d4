-- Moves a key that cannot be used out of the way, to a name that nothing has. Nothing of it is thrown away, nor
-- of what was moved from the same place before, until there are too many: then the oldest go, promises last.
-- KEYS[1] owner, [2] broken: HASH name to reason; what is moved stands at this key:name. [3] the key, [4] its index, if it has one
-- ARGV[1] process, [2] fence, [3] name of the key, [4] reason, [5] only if it is not of this type, or "", [6] member of the index,
-- [7] how many are kept
-- and what comes into its place, if anything: [8] field, [9] value, ...
-- Returns {OURS, name in broken: that of the key/Unix ms} if it was moved, else {OURS}, {FENCED} or {BEHIND}; nothing is written then.
local standing = standing(ARGV[1], ARGV[2])
if standing ~= 'OURS' then return {standing} end
local is = redis.call('TYPE', KEYS[3]).ok
if is == 'none' or is == ARGV[5] then return {standing} end
begin()
try(ARGV[1])
if redis.call('TYPE', KEYS[2]).ok ~= 'hash' then redis.call('DEL', KEYS[2]) end

local function place(name) return KEYS[2] .. ':' .. name end
local function moved(name) return tonumber(string.match(name, '/(%d+)$')) or 0 end
local ms = now()
while redis.call('EXISTS', place(ARGV[3] .. '/' .. int(ms))) == 1 do ms = ms + 1 end
local name = ARGV[3] .. '/' .. int(ms)
redis.call('RENAME', KEYS[3], place(name))
redis.call('HSET', KEYS[2], name, ARGV[4])
if ARGV[8] then
  redis.call('HSET', KEYS[3], unpack(ARGV, 8))
  redis.call('ZADD', KEYS[4], 'inf', ARGV[6])
elseif KEYS[4] then
  redis.call('ZREM', KEYS[4], ARGV[6])
end

local over = redis.call('HLEN', KEYS[2]) - tonumber(ARGV[7])
if over > 0 then
  local names = redis.call('HKEYS', KEYS[2])
  local function promise(n) return string.sub(n, 1, 9) == 'callback:' end
  table.sort(names, function(a, b)
    if promise(a) ~= promise(b) then return promise(b) end
    return moved(a) < moved(b)
  end)
  for i = 1, over do
    redis.call('DEL', place(names[i]))
    redis.call('HDEL', KEYS[2], names[i])
  end
end
return {standing, name}
