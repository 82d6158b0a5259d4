-- Says in which format the state is.
-- KEYS[1] format
-- ARGV[1] the format
-- A Redis that is over its maxmemory refuses a SET alone; after a write that cannot grow it lets it pass, see owner.lua.
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1])
return 1
