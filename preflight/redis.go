package preflight

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezek/state"
)

const (
	// oldestRedis is the oldest whose scripts do what ours need.
	oldestRedis = "6.2"
	// slow is an answer time that callers and agents would begin to feel.
	slow = 10 * time.Millisecond
)

// checkRedis looks whether this Redis will serve. Nothing of the site is changed.
func (s *Site) checkRedis(ctx context.Context) (found []Finding) {
	store, err := state.New(s.State)
	if err != nil {
		return []Finding{fault("correct redis.url", "%v", err)}
	}
	defer store.Close()
	address, database := store.Server()
	defer func() {
		for i, f := range found {
			found[i].Fix = strings.ReplaceAll(f.Fix, "redis-cli ", redisCLI(address, database, strings.HasPrefix(s.State.URL, "rediss:"))+" ")
		}
	}()
	took, err := store.Latency(ctx)
	if err != nil {
		return []Finding{fault(s.redisFix(err), "%s, database %d: %s", address, database, plain(err))}
	}
	found = []Finding{checkLatency(address, database, took)}
	info, err := store.Info(ctx)
	switch {
	case err != nil:
		found = append(found, warning(s.redisFix(err), "its version and role cannot be read: %s", plain(err)))
		found = append(found, checkPersistence(ctx, store, nil)...)
	case info["redis_mode"] == "sentinel":
		return append(found, fault(`set redis.url to the primary that it watches, or to an address that moves with it: redis-cli sentinel get-master-addr-by-name NAME shows the current one`,
			"%s is a Redis Sentinel, which keeps no data", address))
	case info["redis_mode"] == "cluster" || info["cluster_enabled"] == "1":
		return append(found, fault("set redis.url to a standalone Redis (cluster-enabled no)",
			"%s is a node of a Redis Cluster, and Kezek does not use its other nodes", address))
	default:
		found = append(found, checkServer(info)...)
		if info["role"] == "slave" {
			return found // nothing can be written
		}
		found = append(found, checkPersistence(ctx, store, info)...)
	}
	if err := store.Rehearse(ctx); err != nil {
		found = append(found, fault(s.redisFix(err), "the daemon could not work with it: %s", plain(err)))
	}
	found = append(found, checkEvents(ctx, store, s.State.Events, info)...)
	found = append(found, checkRedisClock(ctx, store)...)
	found = append(found, checkFormat(ctx, store)...)
	found = append(found, checkBroken(ctx, store, s.State.Site)...)
	found = append(found, checkExposure(ctx, store, s.State)...)
	return append(found, s.checkOwner(ctx, store))
}

func checkLatency(address string, database int, took []time.Duration) Finding {
	median, worst := took[len(took)/2].Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond)
	const says = "%s, database %d answers in %v (median of %d, worst %v)"
	if median > slow {
		return warning("run Redis on the same host or network; each step of a call waits for it", says, address, database, median, len(took), worst)
	}
	return fine(says, address, database, median, len(took), worst)
}

func checkServer(info map[string]string) (found []Finding) {
	version := info["redis_version"]
	if olderThan(version, oldestRedis) {
		found = append(found, fault("install Redis "+oldestRedis+" or newer", "its version is %s", version))
	} else {
		found = append(found, fine("version %s", version))
	}
	if info["role"] == "slave" {
		found = append(found, fault("set redis.url to its primary: "+info["master_host"]+":"+info["master_port"],
			"it is a replica, which cannot be written"))
	}
	limit, _ := strconv.ParseInt(info["maxmemory"], 10, 64)
	if used, _ := strconv.ParseInt(info["used_memory"], 10, 64); limit > 0 && used >= limit {
		found = append(found, warning("give Redis more memory: redis-cli CONFIG SET maxmemory 1gb (or what the machine has), then: redis-cli CONFIG REWRITE; or remove other data from it (redis-cli --bigkeys)",
			"it is full: %s used, and maxmemory is %s. Kezek's own writes succeed, those of other programs are refused", info["used_memory_human"], info["maxmemory_human"]))
	}
	if policy := info["maxmemory_policy"]; policy != "" && policy != "noeviction" {
		say := fault
		if limit == 0 {
			say = warning // takes effect only with a limit
		}
		found = append(found, say("redis-cli CONFIG SET maxmemory-policy noeviction, then: redis-cli CONFIG REWRITE", "it may evict keys when memory is short: maxmemory-policy is %s", policy))
	}
	return found
}

// eventsSeen is the least time of events from which those of redis.events.keep are judged.
const eventsSeen = time.Hour

// checkEvents looks whether what happened stays in Redis as long as redis.events says, by its number, and by the memory that it will
// need when as much happens as until now.
func checkEvents(ctx context.Context, store *state.Store, keep state.Keep, info map[string]string) []Finding {
	has, err := store.Events(ctx)
	if err != nil || has.Since < eventsSeen || keep.Keep == 0 {
		return nil // that Redis cannot be read is told elsewhere
	}
	if has.Since < keep.Keep && has.Entries >= int64(keep.Most) {
		return []Finding{warning(fmt.Sprintf("set redis.events.most to %d", 1000*int64(1+float64(has.Entries)*1.2*float64(keep.Keep)/float64(has.Since)/1000)),
			"events stay for %v instead of %v (redis.events.keep): redis.events.most of %d is reached. A history or another reader that is away for longer loses some",
			has.Since.Round(time.Hour), keep.Keep, keep.Most)}
	}
	total, _ := strconv.ParseInt(info["maxmemory"], 10, 64)
	setting := "maxmemory"
	if total == 0 {
		total, _ = strconv.ParseInt(info["total_system_memory"], 10, 64)
		setting = "the machine"
	}
	used, _ := strconv.ParseInt(info["used_memory"], 10, 64)
	entries := min(float64(keep.Most), float64(has.Entries)*max(1, float64(keep.Keep)/float64(has.Since)))
	if need := float64(used-has.Bytes) + entries*float64(has.Bytes)/float64(has.Entries); total > 0 && need > float64(total) {
		return []Finding{warning("give Redis more memory: redis-cli CONFIG SET maxmemory 1gb (or what the machine has), then: redis-cli CONFIG REWRITE; or shorten redis.events.keep",
			"the events of %v (redis.events.keep) will need about %.0f MB more than %s allows", keep.Keep, (need-float64(total))/1e6, setting)}
	}
	return nil
}

// checkFormat looks whether this Kezek can read the state.
func checkFormat(ctx context.Context, store *state.Store) []Finding {
	if n, err := store.StoredFormat(ctx); err == nil && n > state.Format { // that it cannot be read is told before
		return []Finding{fault("install that version again; or, if there never was one here: redis-cli DEL "+store.FormatKey(),
			"a newer Kezek has written the state (format %d, this one knows %d): the daemon does not change it, and does not become ready", n, state.Format)}
	}
	return nil
}

// checkBroken tells what could not be true and was moved aside, until somebody clears it away.
func checkBroken(ctx context.Context, store *state.Store, site string) []Finding {
	const mostNamed = 3
	broken, err := store.Broken(ctx)
	if err != nil || len(broken) == 0 {
		return nil
	}
	key := "kezek:{" + site + "}:broken"
	names := slices.Sorted(maps.Keys(broken))
	for i, name := range names {
		names[i] = strconv.QuoteToASCII(name)
	}
	return []Finding{warning(fmt.Sprintf("see why: redis-cli HGETALL '%s'; each is in %s:NAME. Book the callbacks among them again if `kezek callbacks` does not show them, "+
		"then delete them: redis-cli --scan --pattern '%s*' | xargs -d '\\n' redis-cli DEL", key, key, key),
		"%d invalid entries of the state were moved aside, such as %s", len(names), strings.Join(names[:min(len(names), mostNamed)], ", "))}
}

func (s *Site) checkOwner(ctx context.Context, store *state.Store) Finding {
	site := s.State.Site
	o, err := store.Owner(ctx)
	left := time.Until(o.Until).Round(100 * time.Millisecond)
	switch {
	case err != nil && strings.Contains(err.Error(), "WRONGTYPE"):
		return warning("look for the program that wrote it: redis-cli GET 'kezek:{"+site+"}:owner'; a daemon that takes the site replaces it",
			"the key kezek:{%s}:owner was not written by Kezek: whether a daemon owns the site is not known", site)
	case err != nil:
		return fault(s.redisFix(err), "the owner of the site cannot be read: %s", plain(err))
	case o.Instance == "":
		return fine("site %s was never owned", site)
	case left <= 0:
		return fine("site %s is free; its last owner was instance %s (%s, fence %d)", site, o.Instance, o.Process, o.Fence)
	default:
		return fine("site %s is owned by instance %s (%s, fence %d) since %s", site, o.Instance, o.Process, o.Fence, o.Since.Format(time.RFC3339))
	}
}

// checkExposure tells of a Redis that others can reach and that asks for no password: they
// could delete every promise.
func checkExposure(ctx context.Context, store *state.Store, o state.Options) []Finding {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme == "unix" || o.Password != "" {
		return nil
	}
	if _, set := u.User.Password(); set {
		return nil
	}
	const fix = "set requirepass in redis.conf and redis.password_file here; or bind 127.0.0.1"
	if !loopback(u.Hostname()) {
		return []Finding{warning(fix, "%s accepts commands from the network without a password: anybody there can delete the state", u.Host)}
	}
	bind, err := store.Setting(ctx, "bind")
	protected, err2 := store.Setting(ctx, "protected-mode")
	if err != nil || err2 != nil || protected != "no" || boundToLoopback(bind) {
		return nil
	}
	return []Finding{warning(fix, "it accepts commands from other machines without a password (bind %q, protected-mode no): anybody there can delete the state", bind)}
}

// boundToLoopback reports whether all addresses of a setting bind of Redis are loopback: "127.0.0.1 -::1".
func boundToLoopback(bind string) bool {
	addresses := strings.Fields(bind)
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(a string) bool { return !loopback(strings.TrimPrefix(a, "-")) })
}
