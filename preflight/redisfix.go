package preflight

import (
	"cmp"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// redisCLI is the command that reaches the Redis of the config, which need not be the one that redis-cli takes by itself.
func redisCLI(address string, database int, tls bool) string {
	cli := "redis-cli"
	if host, port, err := net.SplitHostPort(address); err != nil {
		cli += " -s " + address
	} else {
		if host != "127.0.0.1" && host != "localhost" {
			cli += " -h " + host
		}
		if port != "6379" {
			cli += " -p " + port
		}
	}
	if database != 0 {
		cli += " -n " + strconv.Itoa(database)
	}
	if tls {
		cli += " --tls"
	}
	return cli
}

// redisFix says what to do about what Redis, or the way to it, answers.
func (s *Site) redisFix(err error) string {
	if _, fix := certificate(err, "redis", s.State.CAs != nil); fix != "" {
		return fix
	}
	return cmp.Or(fixOf(err, []known{
		{"connection refused", "start Redis, or correct redis.url"},
		{"no such file", "start Redis, or correct the socket's path in redis.url"},
		{"permission denied", "allow the user of the daemon to use the socket: usermod -aG redis kezek, and unixsocketperm 770 in redis.conf"},
		{"no such host", "correct the host's name in redis.url"},
		{"WRONGPASS", "correct redis.username and redis.password_file"},
		{"without any password configured", "remove redis.password_file: this Redis needs no password; or set requirepass there"},
		{"NOAUTH", "set redis.password_file: this Redis needs a password"},
		{"NOPERM", s.redisRights()},
		{"The user executing the script can't", s.redisRights()},
		{"LOADING", "wait: Redis is still reading its data"},
		{"MISCONF", "let Redis write to its disk again: check df -h, and the rights of the folder shown by redis-cli CONFIG GET dir; its log says why a save failed. " +
			"Until then it refuses every write (stop-writes-on-bgsave-error)"},
		{"OOM", "give Redis more memory: redis-cli CONFIG SET maxmemory 1gb (or what the machine has), then: redis-cli CONFIG REWRITE; or remove other data from it (redis-cli --bigkeys)"},
		{"NOREPLICAS", "start the replicas that min-replicas-to-write asks for, or lower it"},
		{"READONLY", "set redis.url to the primary: this one is a replica"},
		{"MASTERDOWN", "set redis.url to the primary: this one is a replica that has lost it"},
		{"BUSY", "wait, or redis-cli SCRIPT KILL: another program's script keeps Redis busy"},
		{"max number of clients", "raise maxclients of Redis, or close the clients that hold the connections: redis-cli CLIENT LIST"},
		{"DENIED", "set a password (requirepass) and redis.password_file: Redis in its protected mode answers only loopback"},
		{"unknown command", "check that it is a Redis of version " + oldestRedis + " or newer, and that rename-command disables none of its commands"},
		{"Unknown Redis command", "check that it is a Redis of version " + oldestRedis + " or newer, and that rename-command disables none of its commands"},
		{"invalid reply", "correct the port in redis.url: what answers there is not Redis"},
		{"broken pipe", "raise maxclients of Redis, or close the clients that hold the connections: redis-cli CLIENT LIST; or correct the port"},
		{"first record does not look like a TLS handshake", "write redis:// in redis.url: this port has no TLS"},
		{"certificate required", "set tls-auth-clients no in redis.conf: Kezek sends no client certificate"},
		{"bad certificate", "set tls-auth-clients no in redis.conf: Kezek sends no client certificate"},
		{"tls:", "check the settings tls-… of redis.conf: the two do not agree on the encryption"},
		{"EOF", "write rediss:// in redis.url if this port has TLS, or correct the port"},
		{"connection reset", "write rediss:// in redis.url if this port has TLS, or correct the port"},
		{"DB index is out of range", "correct the database's number in redis.url"},
		{"i/o timeout", s.silenceFix()},
		{"deadline exceeded", s.silenceFix()},
	}), "check that redis.url is right and that Redis answers redis-cli ping")
}

// silenceFix says what to do about a Redis that says nothing.
func (s *Site) silenceFix() string {
	const fix = "check that the firewall lets this machine reach Redis, and that Redis is not too busy to answer: redis-cli --latency"
	if strings.HasPrefix(s.State.URL, "rediss:") { // which waits for the rest of what it takes for a command
		return "write redis:// in redis.url if this port has no TLS; or " + fix
	}
	return fix
}

// redisRights is the command that gives the user of Redis its rights.
func (s *Site) redisRights() string {
	user := s.State.Username
	if u, err := url.Parse(s.State.URL); err == nil && u.User != nil {
		user = cmp.Or(user, u.User.Username())
	}
	not := "-@dangerous "
	if cmp.Or(user, "default") == "default" {
		not = "" // with which everybody administers this Redis
	}
	return "redis-cli ACL SETUSER " + cmp.Or(user, "default") + " '~kezek:{" + s.State.Site +
		"}:*' +@connection +@read +@write +@scripting " + not + "+time +info '+config|get'; then ACL SAVE, or the same in redis.conf"
}
