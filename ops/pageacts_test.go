package ops

import (
	"fmt"
	"testing"

	"kezek/queue"
)

// opens presses the button of the row of a table that has a text.
func (b *browser) opens(table, text string) {
	b.t.Helper()
	b.until(`!document.querySelector("#dialog").open && (() => {
		const row = [...document.querySelectorAll("#%s tbody tr")].find((tr) => tr.innerText.includes("%s"));
		row?.querySelector("button")?.click();
		return document.querySelector("#dialog").open;
	})()`, table, text)
}

// fills gives values to the form of the dialog that has this legend, and sends it.
func (b *browser) fills(legend string, values map[string]string) {
	b.t.Helper()
	for name, value := range values {
		is[bool](b, fmt.Sprintf(`(() => { form(%q).elements[%q].value = %q; return true; })()`, legend, name, value))
	}
	is[bool](b, fmt.Sprintf(`(() => { form(%q).querySelector("button:not([type])").click(); return true; })()`, legend))
}

const findForm = `window.form = (legend) => [...document.querySelectorAll("#dialog form")].find((f) => f.querySelector("legend").innerText === legend); true`

// A supervisor acts through the page, is asked before what cannot be undone, and is told a refusal in words.
func TestLongPageActs(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "en-US", 1366, 900)
	b.enters("steering")
	is[bool](b, findForm)
	b.opens("agents", "1012")
	b.fills("Change the status", map[string]string{"status": "coffee", "reason": "asked for it"})
	b.shows("#agents", "1012", "coffee")
	b.until(`document.querySelector("#told").innerText === "Done" && !document.querySelector("#dialog").open`)

	is[bool](b, `document.querySelector("#book").click(); true`)
	b.fills("Book a callback", map[string]string{"number": "12"})
	b.until(`form("Book a callback").innerText.includes("this")`) // no number that may be called
	b.fills("Book a callback", map[string]string{"number": "+996555000007", "class": "complaint", "note": "call soon"})
	b.shows("#callbacks", "+996555000007", "complaint", "call soon")

	b.opens("callbacks", "+996555000007")
	b.fills("Cancel the callback", map[string]string{"reason": "by mistake"})
	b.until(`form("Cancel the callback").innerText.includes("cannot be undone") && document.activeElement.innerText === "No"`)
	if n := len(get[items[Callback]](t, s, "/api/v1/callbacks").Items); n != 1 {
		t.Errorf("%d callbacks are open before the question is answered", n)
	}
	b.fills("Cancel the callback", nil)
	b.shows("#callbacks", "none")
	if cb := s.over[0]; cb.EndedBy != "aida" || cb.Reason != "by mistake" || cb.Outcome != queue.CallbackCancelled {
		t.Errorf("it is recorded as ended by %q, for %q", cb.EndedBy, cb.Reason)
	}

	b.opens("agents", "1001")
	b.fills("Log the agent out", map[string]string{"reason": "went home"})
	b.fills("Log the agent out", nil)
	b.shows("#agents", "1001", "offline")
}

// What a viewer's token may not do is refused in words, or not offered.
func TestLongPageRefusesAViewer(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("seeing")
	is[bool](b, findForm)
	b.opens("agents", "1012")
	if is[bool](b, `!!form("Изменить статус")`) {
		b.fills("Изменить статус", map[string]string{"status": "coffee", "reason": "x"})
		b.until(`form("Изменить статус").innerText.includes("Ваша роль этого не позволяет")`)
	} else {
		b.until(`document.querySelector("#dialog").innerText.includes("нужна роль: супервайзер")`)
	}
	for _, a := range get[items[Agent]](t, s, "/api/v1/agents").Items {
		if a.Status != queue.StatusReady {
			t.Errorf("agent %s is %s", a.ID, a.Status)
		}
	}
}

// An alarm stays until somebody has seen it, also when the page is loaded again.
func TestLongAlarmsStayUntilSeen(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "en-US", 1366, 900)
	b.enters("steering")
	b.shows("#agents", "1012", "waiting")
	s.shelf.tell(s.feed, queue.Entry{At: s.at, Kind: queue.EntryCallbackBreached, Queue: "sales", Class: queue.ClassManager, Number: "+996555000002"})
	b.shows("#alarms", "deadline missed", "Отдел продаж", "+996555000002", "manager")
	b.until(`document.querySelector("#alarm-told").innerText.includes("deadline missed")`)
	is[bool](b, `document.querySelector("#alarms tbody button").click(); true`)
	b.until(`document.querySelector("#alarms-count").innerText === "0"`)
	is[bool](b, `document.querySelector("#alarms-seen").click(); true`)
	b.shows("#alarms", "deadline missed", "here")
}

// lists of 500 agents and 1,000 calls, and of one change after the other.
const manyRows = `(async () => {
	const { lists } = await import("/web/data.js");
	const at = new Date().toISOString();
	const agent = (i) => ({ ...lists.agents[0], id: String(3000 + i), name: "Agent " + i, status: "waiting", since: at, queues: ["sales"] });
	const call = (i) => ({ id: "m" + i, number: "+9965550" + i, name: "", flags: [], queue: "sales", language: "ru", state: i % 2 ? "talking" : "waiting", agent: i % 2 ? String(3000 + i % 500) : null, offered_to: [],
		since: at, arrived: new Date(Date.now() - 1000 * i).toISOString(), callback: null, hold: null, position: i, visits: [{ start: at }], talks: [], waited: 1, expected_wait: 0 });
	lists.agents = Array.from({ length: 500 }, (_, i) => agent(i));
	lists.calls = Array.from({ length: 1000 }, (_, i) => call(i));
	const draw = () => {
		const began = performance.now();
		document.dispatchEvent(new CustomEvent("kezek:data"));
		document.body.getBoundingClientRect();
		return performance.now() - began;
	};
	draw();
	const took = [];
	for (let i = 0; i < 21; i++) {
		lists.calls = lists.calls.map((c, n) => n === 40 * i ? { ...c, state: "talking", agent: "3001" } : c).filter((_, n) => n !== 7);
		lists.calls.push(call(2000 + i));
		lists.agents = lists.agents.map((a, n) => n === 20 * i ? { ...a, status: "talking" } : a);
		took.push(draw());
	}
	const rows = document.querySelectorAll("#calls tbody tr").length;
	return [took.toSorted((a, b) => a - b)[10], Math.max(...took), rows];
})()`

// With 500 agents and 1,000 calls a change is drawn within 50 ms.
func TestLongPageIsFluent(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("steering")
	b.shows("#agents", "1012")
	took := is[[]float64](b, manyRows)
	t.Logf("a change is drawn in %.1f ms (half of them), %.1f ms at most", took[0], took[1])
	if took[0] > 50 || took[2] != 1000 {
		t.Errorf("a change of %v calls takes %.1f ms, want 50 ms", took[2], took[0])
	}
}
