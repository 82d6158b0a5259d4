// Package ami answers programs that know app_queue by Asterisk's Manager Interface: panels, wallboards and exporters
// find Kezek's queues by the same words. It is a server of its own, beside Asterisk's, and has of AMI what is about
// queues; everything else is answered with AMI's error.
//
// What is asked is answered from the state of the rules; events are made from the journal and from what has changed in
// the state since. Orders become events of the rules, and what the rules refuse is refused with their reason.
//
// The words are those of Asterisk 22, as apps/app_queue.c and main/manager.c write them; docs/ami.md tells what a
// field means where Kezek's meaning is another.
package ami

import (
	"context"

	"kezek/queue"
)

// Engine runs the rules.
type Engine interface {
	// Ask hands an event to the rules and waits for their answer. The error is about the way there: not in charge,
	// or ctx ended.
	Ask(ctx context.Context, ev queue.Event) (queue.Answer, error)
	// View runs look between two steps. Calls wait meanwhile: look only copies.
	View(ctx context.Context, look func(*queue.State)) error
}

// User is a program that may log in.
type User struct {
	Name, Password string
	// Read: it is sent events. Write: it may give orders.
	Read, Write bool
}

// Settings are what a reload may change.
type Settings struct {
	Users []User
	// PauseStatus is the status that a pause means whose reason names none; empty: it is refused.
	PauseStatus queue.Status
}

// Metrics are told what the server does. All are needed.
type Metrics struct {
	// Clients is how many are logged in.
	Clients func(n int)
	// LogIn tells how one went: one of [LogIns].
	LogIn func(how string)
	// Action tells how one ended: one of [Results].
	Action func(how string)
	// Cut: a client was too slow, and its connection was closed.
	Cut func()
}

// How log-ins go.
const (
	LogInAccepted = "accepted"
	LogInWrong    = "wrong"
	// LogInSlowed was not looked at, for the wrong ones before it.
	LogInSlowed = "slowed"
	// LogInFull: too many clients, or too many of that user.
	LogInFull = "full"
)

// LogIns are all of them.
var LogIns = []string{LogInAccepted, LogInWrong, LogInSlowed, LogInFull}

// How actions end.
const (
	ResultDone    = "done"
	ResultRefused = "refused"
	// ResultUnsupported: Kezek has no such action.
	ResultUnsupported = "unsupported"
	// ResultUnavailable: the rules could not be asked.
	ResultUnavailable = "unavailable"
)

// Results are all of them.
var Results = []string{ResultDone, ResultRefused, ResultUnsupported, ResultUnavailable}
