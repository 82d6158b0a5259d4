package ops

import (
	"fmt"
	"testing"
	"time"

	"kezek/queue"
)

// The wall starts by itself from its address, keeps no token there, shows the queues that were chosen and no number, and tells a
// hung daemon as the page does.
func TestLongWall(t *testing.T) {
	s := busySite(t)
	s.SetTokens([]Token{{Secret: "hanging", Role: Wall, Name: "tv"}})
	b := openPage(t, serve(t, s)+"/wall#token=hanging&queues=sales,none&lang=ky&theme=dark", "ru-RU", 1920, 1080)
	b.until(`document.querySelectorAll(".card").length === 1 && document.querySelector(".card h3").innerText === "Отдел продаж"`)
	b.until(`document.querySelector(".card dl").innerText.includes("Кезекте күткөндөр")`)
	if at := is[string](b, `location.href`); at[len(at)-len("/wall#queues=sales%2Cnone&lang=ky&theme=dark"):] != "/wall#queues=sales%2Cnone&lang=ky&theme=dark" {
		t.Errorf("the address is %s", at)
	}
	b.until(`document.querySelector("#connection").dataset.level === "fine"`)
	if is[bool](b, `document.documentElement.innerHTML.includes("99655")`) {
		t.Error("a number is on the wall")
	}
	b.until(`document.querySelector(".card").dataset.level === "late"`) // nobody is free for who waits
	if size := is[float64](b, `parseFloat(getComputedStyle(document.querySelector(".card dd")).fontSize)`); size < 60 {
		t.Errorf("figures are %v px high on a screen of 1920", size)
	}
	s.stuck.Lock()
	defer s.stuck.Unlock()
	b.until(`document.querySelector("#connection").dataset.level === "soon"`)
	b.noErrors()
}

// Why nobody takes a call is told from the rules, in the reader's language.
func TestLongPageTellsWhy(t *testing.T) {
	s := busySite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("steering")
	b.opens("calls", "ждёт")
	b.until(`document.querySelectorAll("#dialog .why li").length === 2`)
	want := s.do("GET", "/api/v1/calls/c3/why?words=ru", "steering", "")
	why := decoded[Why](t, want.Body)
	b.until(`document.querySelector("#dialog .why p").innerText === %q`, why.Words)
	for _, a := range why.Agents {
		for _, r := range a.Reasons {
			b.until(`document.querySelector("#dialog .why ul").innerText.includes(%q)`, r.Words)
		}
	}
}

// A page that is open for a day hears 100,000 events and grows by nothing to speak of.
func TestLongPageDoesNotGrow(t *testing.T) {
	const events, mostMB = 100_000, 8
	s := liveSite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("steering")
	b.shows("#agents", "1012")
	heard := 0
	tell := func(n int) {
		for range n / 1000 {
			entries := make([]queue.Entry, 1000)
			for i := range entries {
				heard++
				entries[i] = queue.Entry{At: time.Now(), Kind: queue.EntryAgentStatus, Agent: "1012", Status: "coffee"}
				if i%10 == 0 {
					entries[i] = queue.Entry{At: time.Now(), Kind: queue.EntryCallbackBreached, Queue: "sales", Callback: fmt.Sprint("cb", heard), Number: fmt.Sprintf("+99655%07d", heard)}
				}
			}
			s.shelf.tell(s.feed, entries...)
		}
		b.until(`document.querySelector("#alarms").innerText.includes("+99655%07d")`, heard-9)
	}
	size := func() float64 {
		return is[float64](b, `(async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((r) => setTimeout(r, 100)); } return performance.memory.usedJSHeapSize / 1e6; })()`)
	}
	tell(5000)
	before := size()
	tell(events)
	after := size()
	t.Logf("%.1f MB before, %.1f MB after %d events", before, after, events)
	if after-before > mostMB {
		t.Errorf("it grew from %.1f to %.1f MB", before, after)
	}
}
