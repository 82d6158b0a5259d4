package history

import (
	"testing"

	"kezek/queue"
)

// A callback that is due earlier rings on; one that goes to another agent does not.
func TestACallbackIsMoved(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		about := queue.Entry{Callback: "cb-1", Queue: "sales", Language: "ky", Number: "+996555000001", Class: queue.ClassInformation}
		of := func(at float64, kind queue.EntryKind, agent, to string, d *queue.Details) queue.Entry {
			e := about
			e.At, e.Kind, e.Agent, e.To, e.Details = after(at), kind, agent, to, d
			return e
		}
		p.add(
			of(0, queue.EntryCallbackBooked, "", "", &queue.Details{Due: after(1800)}),
			of(1, queue.EntryCallbackTaken, "1001", "", nil),
			of(2, queue.EntryCallbackMoved, "1001", "", &queue.Details{Due: after(600), Reason: "soon"}),
			of(2, queue.EntryCallbackMoved, "1001", "1001", &queue.Details{Reason: "stays"}),
		)
		fed(t, db, p)
		shows(t, db, `SELECT due, outcome FROM callbacks`, ms(after(600))+" \"\"\n")
		shows(t, db, `SELECT agent, outcome FROM offers`, "\"1001\" \"\"\n")
		p.add(of(3, queue.EntryCallbackMoved, "1001", "1002", &queue.Details{Reason: "ill"}))
		fed(t, db, p)
		shows(t, db, `SELECT agent, outcome FROM offers`, "\"1001\" \"cancelled\"\n")
		shows(t, db, `SELECT due FROM callbacks`, ms(after(600))+"\n")
	})
}
