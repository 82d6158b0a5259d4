package lab

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Any asks for the first free lab number from 1 up.
const Any = -1

// maxNumber is the last number that makes an address of the form 127.0.n.1.
const maxNumber = 254

// A claim is the right to use a lab number. It is an abstract Unix socket: it
// reaches exactly as far as the loopback addresses do, and vanishes with the
// process that holds it.
type claim struct{ net.Listener }

func socket(n int) string { return fmt.Sprintf("@kezek-lab-%d", n) }

// take claims number n, or the first free one if n is Any.
func take(n int) (int, claim, error) {
	if n != Any {
		if n < 0 || n > maxNumber {
			return 0, claim{}, fmt.Errorf("lab number %d: allowed are 0 to %d", n, maxNumber)
		}
		for until := time.Now().Add(time.Second); ; time.Sleep(pollEvery) {
			c, err := takeOne(n)
			// The programs of a lab that was killed a moment ago may still be ending.
			if !errors.Is(err, errPortTaken) || time.Now().After(until) {
				return n, c, err
			}
		}
	}
	for n = 1; n <= maxNumber; n++ {
		if c, err := takeOne(n); err == nil {
			return n, c, nil
		}
	}
	return 0, claim{}, errors.New("all lab numbers are in use")
}

func takeOne(n int) (claim, error) {
	l, err := net.Listen("unix", socket(n))
	if err != nil {
		if pid, ok := Holder(n); ok {
			return claim{}, fmt.Errorf("lab %d is already running (process %d)", n, pid)
		}
		return claim{}, fmt.Errorf("lab %d: %w", n, err)
	}
	if err := free(AddressesOf(n)); err != nil {
		l.Close()
		return claim{}, fmt.Errorf("lab %d: %w", n, err)
	}
	go func() { // whoever asks for the holder connects
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	return claim{l}, nil
}

var errPortTaken = errors.New("another program has one of its ports")

// free says which of the lab's ports some other program has taken.
func free(a Addresses) error {
	udp, err := net.ListenPacket("udp", a.SIPAddr)
	if err != nil {
		return fmt.Errorf("%w: %w", errPortTaken, err)
	}
	udp.Close()
	for _, addr := range []string{a.ariAddr(), a.RedisAddr, a.OpsAddr, a.AGIAddr} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("%w: %w", errPortTaken, err)
		}
		l.Close()
	}
	return nil
}

// Holder returns the process that runs lab n, if one does.
func Holder(n int) (pid int, ok bool) {
	conn, err := net.Dial("unix", socket(n))
	if err != nil {
		return 0, false
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0, false
	}
	var cred *syscall.Ucred
	_ = raw.Control(func(fd uintptr) {
		cred, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err != nil || cred == nil {
		return 0, false
	}
	return int(cred.Pid), true
}
