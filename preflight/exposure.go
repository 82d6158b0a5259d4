package preflight

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"kezek/state"
)

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

// loopback reports whether a host is this machine, as far as its name tells.
func loopback(host string) bool {
	addr, err := hostAddr(host)
	return err == nil && addr.IsLoopback()
}

// hostAddr is the address of a host, of which localhost alone is known by its name.
func hostAddr(host string) (netip.Addr, error) {
	if host == "localhost" {
		host = "127.0.0.1"
	}
	return netip.ParseAddr(host)
}
