package preflight

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listener is the program on this machine that listens at an address.
type listener struct {
	pid     int
	program string
	identity
}

// listens finds the program that takes connections to an address. Not found is one of another
// machine, and, for all but root, of another user.
func listens(at netip.AddrPort) (l listener, found bool) {
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, inode := range listening(table, at) {
			inodes["socket:["+inode+"]"] = true
		}
	}
	if len(inodes) == 0 {
		return listener{}, false
	}
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*") // fails on a bad pattern only
	for _, file := range files {
		if to, err := os.Readlink(file); err != nil || !inodes[to] {
			continue
		}
		if pid, err := strconv.Atoi(strings.Split(file, "/")[2]); err == nil {
			if l, err := process(pid); err == nil {
				return l, true
			}
		}
	}
	return listener{}, false
}

// listening are the inodes of the sockets in one of the kernel's tables that take connections to an address.
func listening(table string, at netip.AddrPort) (inodes []string) {
	f, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		const local, state, inode = 1, 3, 9
		fields := strings.Fields(lines.Text())
		if len(fields) <= inode || fields[state] != "0A" {
			continue
		}
		bound, ok := kernelAddress(fields[local])
		if ok && bound.Port() == at.Port() && (bound.Addr() == at.Addr() || bound.Addr().IsUnspecified() || at.Addr().IsUnspecified()) {
			inodes = append(inodes, fields[inode])
		}
	}
	return inodes
}

// kernelAddress reads an address as the kernel writes it: 0100007F:1F98, in words of the machine's own order.
func kernelAddress(text string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(text, ":")
	raw, err := hex.DecodeString(host)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || err2 != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 { // of all machines that Kezek is built for the order is little-endian
		slices.Reverse(raw[i : i+4])
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), ok
}

// process is who a running program is.
func process(pid int) (listener, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return listener{}, err
	}
	l := listener{pid: pid}
	const effective = 1 // of real, effective, saved, file system
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		switch {
		case name == "Name" && len(fields) > 0:
			l.program = fields[0]
		case name == "Uid" && len(fields) > effective:
			l.uid, err = strconv.Atoi(fields[effective])
		case name == "Gid" && len(fields) > effective:
			l.gid, err = strconv.Atoi(fields[effective])
		case name == "Groups":
			for _, f := range fields {
				if g, bad := strconv.Atoi(f); bad == nil {
					l.groups = append(l.groups, g)
				}
			}
		}
		if err != nil {
			return listener{}, err
		}
	}
	l.name = userName(l.uid)
	return l, nil
}
