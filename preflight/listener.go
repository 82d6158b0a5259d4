package preflight

import (
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
	text, _ := os.ReadFile(table) // there is no tcp6 where IPv6 is switched off
	for line := range strings.Lines(string(text)) {
		const local, state, inode = 1, 3, 9
		fields := strings.Fields(line)
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
	is := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		is[name] = strings.Fields(value)
	}
	const effective = 1 // of real, effective, saved, file system
	program, uid, gid := is["Name"], numbers(is["Uid"]), numbers(is["Gid"])
	if len(program) == 0 || len(uid) <= effective || len(gid) <= effective {
		return listener{}, fmt.Errorf("process %d ends", pid)
	}
	return listener{pid, program[0], identity{userName(uid[effective]), uid[effective], gid[effective], numbers(is["Groups"])}}, nil
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
