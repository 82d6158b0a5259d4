// Package demo plays a short day of a call centre in a lab, with real SIP
// phones, callers and sound, and tells it as it happens. What Kezek promises
// is measured on the way: at the phones, and by ear in what was heard there.
//
// Each scene has a file of its own that reads as the story it tells. What an
// act waits for comes before its deadline, or the day breaks off and says what
// was awaited.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"kezek/lab"
	"kezek/lab/ear"
	"kezek/lab/phone"
)

// scenes are the day, in order. Each begins where the one before has left
// agents and callers.
var scenes = []struct {
	title string
	play  func(*day)
}{
	{"The agents log in from their phones", logIn},
	{"A caller in Russian and one in Kyrgyz choose their language and reach an agent; others are on hold", chooseLanguage},
	{"Both call again, and are not asked again", callAgain},
	{"More callers than agents", waitInLine},
	{"A caller in Kyrgyz while no logged-in agent speaks it", overflow},
	{"An agent declines", decline},
	{"The daemon is killed in mid-conversation", kill},
	{"A promised callback that nobody can skip", callBack},
	{"A minute at an agent's desk", deskMinute},
	{"A colleague picks up what rings at another phone", pickUpCall},
	{"A phone that fails at its answer", failAtAnswer},
	{"The reception transfers a caller into the queue", reception},
	{"The end of the day", logOut},
	{"The report of the day", reportDay},
}

// Options say how the day ends.
type Options struct {
	Keep bool // leave the lab running
}

// Play plays the day in a lab with its daemon and an empty Redis, tells it to
// out, and stops the lab. The error says how many promises were broken.
func Play(ctx context.Context, l *lab.Lab, out io.Writer, o Options) error {
	d, err := raiseCurtain(ctx, l, out)
	if err != nil {
		return err
	}
	defer d.leave()
	for i, scene := range scenes {
		d.title("%d. %s", i+1, scene.title)
		if err := d.play(ctx, scene.play); err != nil {
			d.tell("THE DAY IS ABORTED:  %v", err)
			d.promise(false, fmt.Sprintf("Scene %d is complete", i+1), "deadlines", "%v", err)
			break
		}
	}
	d.leave()
	if !o.Keep {
		d.clearAway()
	}
	d.title("What Kezek promises, and what was measured")
	d.print(out)
	if err := d.verdict(); err != nil {
		d.showLogs()
		return err
	}
	d.title("All %d promises were kept. The day took %.0f s.", len(d.made), time.Since(d.began).Seconds())
	return nil
}

// day is the demo while it is played.
type day struct {
	*story
	*promises
	*ledger
	cast

	lab     *lab.Lab
	pids    map[int]string // of all that ran
	carrier *phone.Carrier
	ears    *ear.Library
	hearing sync.Mutex     // one recording at a time: the phones need the processors, too
	unheard sync.WaitGroup // recordings that are not listened to yet

	ctx  context.Context // of the scene
	fail context.CancelCauseFunc
}

// cast is the people of the day. 1001 to 1004 speak Russian, 1006 Kyrgyz; 1020 supervises.
type cast struct {
	a1001, a1002, a1003, a1004, a1006, a1020 *Agent
	nurlan, vera                             *Caller // in Russian, in the queue short
	olga, pavel, irina, sergei, timur        *Caller // in Russian
	aibek, gulnara                           *Caller // in Kyrgyz
}

func (c *cast) agents() []*Agent {
	return []*Agent{c.a1001, c.a1002, c.a1003, c.a1004, c.a1006, c.a1020}
}

// raiseCurtain plugs the phones in.
func raiseCurtain(ctx context.Context, l *lab.Lab, out io.Writer) (*day, error) {
	d := &day{story: newStory(out), promises: &promises{}, ledger: newLedger(), lab: l, pids: map[int]string{}}
	d.noteProcesses()
	var err error
	if d.ears, err = library(l); err != nil {
		return nil, err
	}
	d.carrier, err = phone.NewCarrier(phone.CarrierConfig{Exchange: l.SIPAddr, Listen: l.CarrierAddr})
	if err != nil {
		return nil, err
	}
	for i, c := range []struct {
		caller         **Caller
		name, language string
	}{
		{&d.olga, "Olga", "ru"}, {&d.pavel, "Pavel", "ru"}, {&d.irina, "Irina", "ru"}, {&d.sergei, "Sergei", "ru"},
		{&d.timur, "Timur", "ru"}, {&d.aibek, "Aibek", "ky"}, {&d.gulnara, "Gulnara", "ky"}, {&d.nurlan, "Nurlan", "ru"}, {&d.vera, "Vera", "ru"},
	} {
		*c.caller = d.newCaller(i, c.name, c.language)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the phones did not register in time"))
	defer cancel()
	for _, a := range []struct {
		agent  **Agent
		number string
	}{{&d.a1001, "1001"}, {&d.a1002, "1002"}, {&d.a1003, "1003"}, {&d.a1004, "1004"}, {&d.a1006, "1006"}, {&d.a1020, "1020"}} {
		if *a.agent, err = d.newAgent(ctx, a.number); err != nil {
			d.leave()
			return nil, err
		}
	}
	return d, nil
}

// library is all prompts, and the piece of music that comes first.
func library(l *lab.Lab) (*ear.Library, error) {
	all, err := ear.Load(l.Prompts())
	if err != nil {
		return nil, err
	}
	prompts := all.Names()
	if err := all.AddMusic(l.Music()); err != nil {
		return nil, err
	}
	return all.Only(append(prompts, music)...)
}

// leave unplugs the phones. A second call does nothing.
func (d *day) leave() {
	var all sync.WaitGroup
	for _, a := range d.agents() {
		if a != nil {
			all.Go(a.phone.Close)
		}
	}
	all.Go(d.carrier.Close)
	all.Wait()
	d.unheard.Wait()
}

// noteProcesses remembers what must be gone in the end.
func (d *day) noteProcesses() {
	for _, program := range []string{lab.Asterisk, lab.Redis, lab.Daemon} {
		d.pids[d.lab.PID(program)] = program
	}
}

// clearAway stops the lab and looks whether anything is left of it.
func (d *day) clearAway() {
	d.lab.Stop()
	var left []string
	for pid, program := range d.pids {
		if syscall.Kill(pid, 0) == nil {
			left = append(left, fmt.Sprintf("%s %d", program, pid))
		}
	}
	if pid, held := lab.Holder(d.lab.Number); held {
		left = append(left, fmt.Sprintf("holder %d of the lab", pid))
	}
	d.promise(len(left) == 0, "No process is left behind", "process ids", "%d of %d left %s", len(left), len(d.pids), list(left))
}
