package state

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Severity says how much a [Finding] matters.
type Severity string

// The severities: Kezek cannot keep its state; it may lose some or be slow; good to know.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that Check has to say.
type Finding struct {
	Severity Severity `json:"severity"`
	// Problem is what is so; Fix is what to do about it, empty for Info.
	Problem string `json:"problem"`
	Fix     string `json:"fix,omitempty"`
}

// String is the finding in one line.
func (f Finding) String() string {
	if f.Fix == "" {
		return fmt.Sprintf("%s: redis: %s", f.Severity, f.Problem)
	}
	return fmt.Sprintf("%s: redis: %s. %s", f.Severity, f.Problem, f.Fix)
}

const (
	// oldest is the oldest Redis whose scripts do what ours need.
	oldest = "6.2"
	// slow is an answer time that callers and agents would begin to feel.
	slow  = 10 * time.Millisecond
	pings = 50
)

// Check looks whether this Redis will serve, and changes nothing.
func (s *Store) Check(ctx context.Context) []Finding {
	var fs []Finding
	add := func(severity Severity, fix, problem string, args ...any) {
		fs = append(fs, Finding{severity, fmt.Sprintf(problem, args...), fix})
	}

	ro := s.rdb.Options()
	where := ro.Addr + ", database " + strconv.Itoa(ro.DB)
	took, err := s.latency(ctx)
	if err != nil {
		add(Error, fixFor(err), "%s: %v", where, err)
		return fs
	}
	median, worst := took[len(took)/2], took[len(took)-1]
	severity, fix := Info, ""
	if median > slow {
		severity, fix = Warning, "Put Redis on the same host or network; each step of a call waits for it"
	}
	add(severity, fix, "%s answers in %v (median of %d, worst %v)", where,
		median.Round(time.Microsecond), pings, worst.Round(time.Microsecond))

	info, err := s.info(ctx)
	if err != nil {
		add(Warning, "Let the user of redis.username run INFO", "its version and persistence cannot be read: %v", err)
	} else {
		checkServer(info, add)
		s.checkPersistence(ctx, info, add)
	}
	if err := s.rdb.Eval(ctx, "return 1", []string{s.keys.owner()}).Err(); err != nil {
		add(Error, "Let the user of redis.username run scripts on the keys "+s.keys.prefix+"*", "it refuses scripts: %v", err)
	}
	s.checkOwner(ctx, add)
	return fs
}

type adder func(severity Severity, fix, problem string, args ...any)

// latency measures answer times and returns them sorted.
func (s *Store) latency(ctx context.Context) ([]time.Duration, error) {
	took := make([]time.Duration, pings)
	for i := range took {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		begun := time.Now()
		err := s.rdb.Ping(limited).Err()
		took[i] = time.Since(begun)
		cancel()
		s.note(ctx, err)
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// fixFor says what to do about a Redis that cannot be used at all.
func fixFor(err error) string {
	for _, known := range []struct{ has, fix string }{
		{"connection refused", "Start Redis, or correct redis.url"},
		{"no such file", "Start Redis, or correct the socket's path in redis.url"},
		{"no such host", "Correct the host's name in redis.url"},
		{"WRONGPASS", "Correct redis.username and redis.password_file"},
		{"NOAUTH", "Set redis.password_file: this Redis wants a password"},
		{"NOPERM", "Give the user of redis.username the rights of docs/redis.md"},
		{"LOADING", "Wait: Redis is still reading its data"},
		{"tls:", "Correct redis.url: rediss:// is for a Redis with TLS, redis:// for one without"},
		{"DB index is out of range", "Correct the database's number in redis.url"},
	} {
		if strings.Contains(err.Error(), known.has) {
			return known.fix
		}
	}
	return "See that redis.url is right and that Redis answers `redis-cli ping`"
}

// info reads INFO as a map.
func (s *Store) info(ctx context.Context) (map[string]string, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	text, err := s.rdb.Info(limited).Result()
	if err != nil {
		return nil, err
	}
	info := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info, nil
}

func checkServer(info map[string]string, add adder) {
	version := info["redis_version"]
	if olderThan(version, oldest) {
		add(Error, "Install Redis "+oldest+" or newer", "its version is %s", version)
	} else {
		add(Info, "", "version %s", version)
	}
	if info["role"] == "slave" {
		add(Error, "Set redis.url to the one that it copies: "+info["master_host"]+":"+info["master_port"], "it is a replica, which cannot be written")
	}
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		limit, _ := strconv.ParseInt(info["maxmemory"], 10, 64)
		severity := Error
		if limit == 0 {
			severity = Warning // takes effect only with a limit
		}
		add(severity, "Set maxmemory-policy noeviction", "it may throw keys away when memory is short: maxmemory-policy is %s", policy)
	}
}

func (s *Store) checkPersistence(ctx context.Context, info map[string]string, add adder) {
	if status := info["rdb_last_bgsave_status"]; status != "" && status != "ok" {
		add(Error, "Look into Redis's log: disk full, or its folder not writable", "its last save to disk failed")
	}
	if status := info["aof_last_write_status"]; status != "" && status != "ok" {
		add(Error, "Look into Redis's log: disk full, or its folder not writable", "its last write of the append-only file failed")
	}
	if info["aof_enabled"] == "1" {
		switch fsync := s.setting(ctx, "appendfsync"); fsync {
		case "no":
			add(Warning, "Set appendfsync everysec", "a power failure may lose half a minute: appendfsync is no")
		default:
			add(Info, "", "it keeps an append-only file (appendfsync %s)", fsync)
		}
		return
	}
	const fix = "Set appendonly yes and appendfsync everysec"
	switch save := s.setting(ctx, "save"); save {
	case "":
		add(Error, fix, "it keeps nothing on disk: appendonly is no and save is empty")
	default:
		add(Warning, fix, "a crash of Redis may lose minutes: appendonly is no, save is %q", save)
	}
}

// setting reads one setting; a hosted Redis may not tell it.
func (s *Store) setting(ctx context.Context, name string) string {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	values, err := s.rdb.ConfigGet(limited, name).Result()
	if err != nil {
		return "not told"
	}
	return values[name]
}

func (s *Store) checkOwner(ctx context.Context, add adder) {
	o, err := s.Owner(ctx)
	left := time.Until(o.Until).Round(100 * time.Millisecond)
	switch {
	case err != nil:
		add(Error, "Look at the key "+s.keys.owner(), "the owner of the site cannot be read: %v", err)
	case o.Instance == "":
		add(Info, "", "site %s was never owned", s.opts.Site)
	case left <= 0:
		add(Info, "", "site %s is free; its last owner was instance %s (%s, fence %d)", s.opts.Site, o.Instance, o.Process, o.Fence)
	default:
		add(Info, "", "site %s is owned by instance %s (%s, fence %d) since %s", s.opts.Site, o.Instance, o.Process, o.Fence, o.Since.Format(time.RFC3339))
	}
}

// olderThan compares the first two numbers of versions.
func olderThan(version, than string) bool {
	number := func(v string) int {
		major, rest, _ := strings.Cut(v, ".")
		minor, _, _ := strings.Cut(rest, ".")
		a, _ := strconv.Atoi(major)
		b, _ := strconv.Atoi(minor)
		return a*1000 + b
	}
	return number(version) < number(than)
}
