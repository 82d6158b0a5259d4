package preflight

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"kezek/config"
	"kezek/queue"
)

// What the daemon's user may do, whoever runs the check.

// isDaemon reports whether a program is the daemon, by its name among the processes: kezek, kezek-1.2.
func (l listener) isDaemon() bool { return strings.HasPrefix(l.program, "kezek") }

// daemonUser is who runs the daemon: as it is told, as it runs, as its unit says, or whoever runs this.
func (s *Site) daemonUser() (identity, error) {
	if s.User != "" {
		return identityOf(s.User)
	}
	if at, err := netip.ParseAddrPort(s.Config.Ops.Listen); err == nil {
		if l, found := listens(at); found && l.isDaemon() {
			return l.identity, nil
		}
	}
	if u := unit(units); u != nil && u["User"] != "" {
		return identityOf(u["User"])
	}
	return self(), nil
}

// checkDaemon looks whether the daemon could start.
func (s *Site) checkDaemon() (found []Finding) {
	who, err := s.daemonUser()
	if err != nil {
		fix := "systemd-sysusers; or correct User= in kezek.service"
		if s.User != "" {
			fix = "name a user of this machine with --user; or leave it out"
		}
		return []Finding{fault(fix, "the daemon's user: %v", err)}
	}
	var load error
	switch err := who.as(func() { _, load = config.Load(s.Path) }); {
	case err == errNotRoot:
		found = append(found, warning("run it as root: sudo kezek check", "whether user %s may read the config, and all files that it names, is not known", who.name))
	case err != nil:
		found = append(found, warning("run it as user "+who.name, "whether user %s may read the config is not known: %v", who.name, err))
	case load != nil:
		for line := range strings.SplitSeq(load.Error(), "\n") {
			found = append(found, fault(who.readFix(line), "user %s, which runs the daemon: %s", who.name, line))
		}
	}
	for _, f := range []struct{ field, path string }{{"the config", s.Path}, {"spool", s.Config.Spool}} {
		if by := hiddenBy(unit(units), f.path); by != "" {
			found = append(found, fault("move it to /etc/kezek or /var/lib/kezek; or override "+by+" in the unit: systemctl edit kezek",
				"%s is %s, which kezek.service hides from the daemon (%s)", f.field, f.path, by))
		}
	}
	for _, l := range []struct{ field, address string }{{"agi.listen", s.Config.AGI.Listen}, {"ops.listen", s.Config.Ops.Listen}, {"ami.listen", s.Config.AMI.Listen}} {
		found = append(found, checkListen(l.field, l.address, who)...)
	}
	found = append(found, checkSocket(s.Config.Ops.Socket, who, unit(units))...)
	return append(found, checkRecordings(s.Config, who)...)
}

// records reports whether a queue records its talks.
func records(rules *queue.Rules) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(rules.Queues)), func(q *queue.QueueRules) bool { return q.Recording.On })
}

// checkRecordings looks whether the daemon can fetch what is recorded.
func checkRecordings(c *config.Config, who identity) []Finding {
	if !records(c.Rules) {
		return nil
	}
	var failed error
	if err := who.as(func() { _, failed = os.ReadDir(c.Recordings.Dir) }); err != nil || failed == nil {
		return nil // that it cannot be tried is told before
	}
	return []Finding{warning("name Asterisk's folder of recordings, and let the user of the daemon join Asterisk's group: usermod -aG asterisk "+who.name,
		"recordings.dir: %v: supervisors cannot download recordings", failed)}
}

var unreadable = regexp.MustCompile(`(?:^|: )(?:open )?([^:]+): permission denied`)

// readFix says how an identity may read what an error tells of.
func (id identity) readFix(line string) string {
	m := unreadable.FindStringSubmatch(line)
	if m == nil {
		return "correct it, or run the check as that user: sudo -u " + id.name + " kezek check"
	}
	if dir := id.closed(nil, filepath.Dir(m[1])); dir != "" {
		return id.openFix(dir, "g+rx")
	}
	return id.openFix(m[1], "g+r")
}

// openFix gives a file or folder to an identity by its group. A group that others have it by is not taken from them.
func (id identity) openFix(path, mode string) string {
	if info, err := os.Stat(path); err == nil {
		if gid := int(info.Sys().(*syscall.Stat_t).Gid); gid != 0 && gid != id.gid {
			return fmt.Sprintf("usermod -aG %s %s && chmod %s %s, then restart the daemon", groupOf(gid), id.name, mode, path)
		}
	}
	return fmt.Sprintf("chgrp %s %s && chmod %s %s", groupOf(id.gid), path, mode, path)
}

// hiddenBy is the setting of the unit that hides a path from the daemon; "" if none does.
func hiddenBy(unit map[string]string, path string) string {
	if !filepath.IsAbs(path) {
		return ""
	}
	under := func(dirs ...string) bool {
		return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(path, d+"/") })
	}
	switch {
	case slices.Contains([]string{"yes", "true", "tmpfs"}, unit["ProtectHome"]) && under("/home", "/root", "/run/user"):
		return "ProtectHome"
	case unit["PrivateTmp"] == "yes" && under("/tmp", "/var/tmp"):
		return "PrivateTmp"
	}
	return ""
}

// checkListen looks whether the daemon can take an address.
func checkListen(field, address string, who identity) []Finding {
	host, port, err := net.SplitHostPort(address)
	n, err2 := strconv.Atoi(port)
	if err != nil || err2 != nil {
		return nil // config has looked at it
	}
	addr, err := hostAddr(cmp.Or(host, "0.0.0.0"))
	if err != nil {
		return nil
	}
	if !ours(addr) {
		return []Finding{fault("use an address of this machine (ip address), or 0.0.0.0 for all",
			"%s: %s is not an address of this machine: the daemon cannot start", field, host)}
	}
	if n < unprivileged() && who.uid != 0 {
		return []Finding{fault("use a port of 1024 or more, with your web server before it",
			"%s: user %s may not listen on port %d: the daemon cannot start", field, who.name, n)}
	}
	if l, taken := listens(netip.AddrPortFrom(addr, uint16(n))); taken && !l.isDaemon() {
		return []Finding{fault("use another port, or stop that program",
			"%s: %s is already used by %s (process %d): the daemon cannot start", field, address, l.program, l.pid)}
	}
	return nil
}

// ours reports whether an address is one of this machine.
func ours(addr netip.Addr) bool {
	if addr.IsUnspecified() || addr.IsLoopback() {
		return true
	}
	all, err := net.InterfaceAddrs()
	return err != nil || slices.ContainsFunc(all, func(a net.Addr) bool {
		p, err := netip.ParsePrefix(a.String())
		return err == nil && p.Addr() == addr.WithZone("")
	})
}

// unprivileged is the first port that everybody may listen on.
func unprivileged() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if n, bad := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && bad == nil {
		return n
	}
	return 1024
}
