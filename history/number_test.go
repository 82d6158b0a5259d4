package history

import (
	"strings"
	"testing"
	"time"

	"kezek/queue"
)

// A number that is erased has another name in all rows, the same in each, so that counts stay; others keep theirs, and so do rows of later.
func TestEraseNumber(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), new(paper)
		const number = "+996555000001" // of aCall
		p.add(aCall("a")...)
		p.add(aCall("b")...)
		other := aCall("c")
		for i := range other {
			other[i].Number = "+996555000002"
		}
		last := &other[len(other)-1]
		last.Details.Transfers[0].To = number
		p.add(other...)
		p.add(
			queue.Entry{At: after(100), Kind: queue.EntryCallbackBooked, Callback: "cb-1", Queue: "sales", Language: "ru", Number: number},
			queue.Entry{At: after(160), Kind: queue.EntryCallbackEnded, Callback: "cb-1", Queue: "sales", Language: "ru", Number: number, By: "aida",
				CallbackOutcome: queue.CallbackCancelled, Details: &queue.Details{Reason: "called from " + number}},
			queue.Entry{At: after(170), Kind: queue.EntryNumberErased, By: "aida", Details: &queue.Details{Reason: "they asked for it"}},
		)
		fed(t, db, p)
		upTo := p.lines[len(p.lines)-1].Position
		late := aCall("d")
		for i := range late {
			late[i].At = late[i].At.Add(time.Hour)
		}
		p.add(late...)
		fed(t, db, p)

		known, recordings, err := db.Number(ctx, "bishkek", number)
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		rows := map[string]int64{}
		for _, k := range known {
			told, rows[k.Table] = append(told, k.Table), k.Rows
		}
		if strings.Join(told, " ") != "calls callbacks transfers acts" || rows["calls"] != 3 || rows["callbacks"] != 1 || rows["transfers"] != 1 || rows["acts"] != 1 {
			t.Errorf("known: %+v", known)
		}
		if first := known[0]; first.First != noon.UnixMilli() {
			t.Errorf("calls since %d", first.First)
		}
		if len(recordings) == 0 {
			t.Error("no recordings")
		}

		changed, err := db.Erase(ctx, "bishkek", number, "erased-1", upTo)
		if err != nil || changed["calls"] != 2 || changed["callbacks"] != 1 || changed["transfers"] != 1 || changed["acts"] != 1 {
			t.Errorf("changed %v, %v", changed, err)
		}
		shows(t, db, `SELECT id, number FROM calls ORDER BY entry`, `
			"a" "erased-1"
			"b" "erased-1"
			"c" "+996555000002"
			"d" "+996555000001"
		`)
		shows(t, db, `SELECT number, reason FROM callbacks`, `
			"erased-1" "called from erased-1"
		`)
		shows(t, db, `SELECT kind, ordered_by, number, reason FROM acts ORDER BY entry`, `
			"callback.ended" "aida" "erased-1" "called from erased-1"
			"number.erased" "aida" "" "they asked for it"
		`)
		shows(t, db, `SELECT DISTINCT target FROM transfers ORDER BY target`, `
			"1004"
			"erased-1"
		`)
		// It does not come back with what is read again.
		fed(t, db, p)
		if _, again, err := db.Number(ctx, "bishkek", "erased-1"); err != nil || len(again) == 0 {
			t.Errorf("the recordings of the other name: %v, %v", again, err)
		}
	})
}
