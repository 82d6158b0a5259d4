package preflight

import (
	"context"
	"strconv"
	"strings"

	"kezek/state"
)

// checkPersistence looks whether Redis has what it was given after a crash. What it says of itself (INFO) may be known
// where its settings (CONFIG) are not, and the other way round.
func checkPersistence(ctx context.Context, store *state.Store, info map[string]string) (found []Finding) {
	const diskFix = "see Redis's log: disk full, or its folder not writable"
	if status := info["rdb_last_bgsave_status"]; status != "" && status != "ok" {
		found = append(found, fault(diskFix, "its last save to disk failed"))
	}
	if status := info["aof_last_write_status"]; status != "" && status != "ok" {
		found = append(found, fault(diskFix, "its last write of the append-only file failed"))
	}
	appends := info["aof_enabled"] == "1"
	if info == nil {
		is, err := store.Setting(ctx, "appendonly")
		if err != nil {
			return []Finding{fault("allow this user INFO or CONFIG GET, or check whether appendonly is yes in redis.conf",
				"whether it keeps anything on disk is not known: it shows neither INFO nor its settings (CONFIG)")}
		}
		appends = is == "yes"
	}
	if appends {
		switch fsync, err := store.Setting(ctx, "appendfsync"); {
		case err != nil:
			return append(found, fine("it keeps an append-only file (appendfsync is not known)"))
		case fsync == "no":
			return append(found, warning("redis-cli CONFIG SET appendfsync everysec, then: redis-cli CONFIG REWRITE", "a power failure may lose half a minute: appendfsync is no"))
		default:
			return append(found, fine("it keeps an append-only file (appendfsync %s)", fsync))
		}
	}
	const (
		set   = "CONFIG SET appendonly yes; when redis-cli INFO persistence says aof_rewrite_in_progress:0, "
		by    = "; never by redis.conf and a restart, which starts empty (docs/install.md, step 1)"
		fix   = "redis-cli " + set + "redis-cli CONFIG REWRITE" + by
		other = "by a user of Redis with that right: " + fix
		// SHUTDOWN SAVE loses nothing that is written in between; a restart that is none of Redis's own would.
		renamed = "under the name that rename-command in redis.conf gives CONFIG: " + set + "CONFIG REWRITE under that name" + by +
			". If it has none: remove that line from redis.conf, redis-cli SHUTDOWN SAVE, start Redis, check that it has its keys (redis-cli DBSIZE), then: " + fix
	)
	switch save, err := store.Setting(ctx, "save"); {
	case err == nil && save == "":
		return append(found, fault(fix, "it keeps nothing on disk: appendonly is no and save is empty"))
	case err == nil:
		return append(found, warning(fix, "a crash of Redis may lose minutes: appendonly is no, save is %q", save))
	case strings.Contains(err.Error(), "NOPERM"):
		return append(found, unknownSaves(info, other, "this user may not read its settings (CONFIG)"))
	default:
		return append(found, unknownSaves(info, renamed, "its CONFIG is renamed or disabled"))
	}
}

// unknownSaves is about a Redis without an append-only file that does not tell whether it saves at all.
func unknownSaves(info map[string]string, fix, why string) Finding {
	if info["rdb_saves"] > "0" || savedSinceStart(info) {
		return warning(fix, "a crash of Redis may lose minutes: it keeps no append-only file (aof_enabled:0), and has saved since its start; %s", why)
	}
	return fault(fix, "it keeps no append-only file (aof_enabled:0), and has not saved since its start: whether anything is kept on disk is not known; %s", why)
}

// savedSinceStart tells it of a Redis that does not count its saves (before 7.0): its start counts as one.
func savedSinceStart(info map[string]string) bool {
	const rounding = 2 // seconds
	saved, err := strconv.ParseInt(info["rdb_last_save_time"], 10, 64)
	up, err2 := strconv.ParseInt(info["uptime_in_seconds"], 10, 64)
	now, err3 := strconv.ParseInt(info["server_time_usec"], 10, 64)
	return err == nil && err2 == nil && err3 == nil && saved > now/1e6-up+rounding
}
