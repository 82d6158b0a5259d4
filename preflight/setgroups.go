package preflight

import (
	"syscall"
	"unsafe"
)

// setgroups sets the supplementary groups of this thread.
func setgroups(groups []uint32) syscall.Errno {
	var first unsafe.Pointer
	if len(groups) > 0 {
		first = unsafe.Pointer(&groups[0])
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SETGROUPS, uintptr(len(groups)), uintptr(first), 0)
	return errno
}
