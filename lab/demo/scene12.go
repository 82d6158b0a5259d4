package demo

import (
	"maps"
	"time"

	"kezek/lab"
	"kezek/ops"
	"kezek/queue"
)

// atOnce is for a machine that has much else to do; docs/performance.md has
// the times of one that has not.
const atOnce = 250 * time.Millisecond

// logOut: the last agent goes, and Kezek's books are compared with the story's.
func logOut(d *day) {
	code := d.a1001.dials("*11")
	code.hears("ru/logged-out")
	code.isHungUp()

	assigned, text := median(d.assigned)
	d.promise(assigned <= atOnce, "An agent who becomes free is rung at once", "end of a call → next INVITE", "%s", text)
	connected, text := median(d.connected)
	d.promise(connected <= atOnce, "An answer is heard at once, at both ends", "200 OK → both tones", "%s", text)

	counted := d.waitCounted(5 * time.Second)
	d.promise(maps.Equal(counted, d.played), "Every call is counted once, also over the kill", "/metrics", "%v", counted)

	d.show("queues")
	answered, abandoned := d.answered()
	for _, q := range table[ops.Queue](d, "queues") {
		if q.Name != "sales" {
			continue
		}
		d.promise(d.isNewDay() || q.AnsweredToday == answered && q.AbandonedToday == abandoned,
			"So are those who gave up, in the queue's day", "kezek queues", "%d answered, %d gave up", q.AnsweredToday, q.AbandonedToday)
	}
	served, away := count{}, 0
	for _, a := range table[ops.Agent](d, "agents") {
		if a.Calls > 0 {
			served[a.ID] = a.Calls
		}
		if a.Status == queue.StatusOffline && a.Call == nil {
			away++
		}
	}
	same := true
	for _, a := range d.agents() {
		same = same && served[a.number] == a.served
	}
	d.promise(same && away == len(lab.Agents()), "Agents are logged out, and their calls counted", "kezek agents", "%v", served)
	left := len(table[ops.Call](d, "calls"))
	d.promise(left == 0, "No call is left", "kezek calls", "%d", left)
}
