package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kezek/queue"
)

// told are reports with a few rows in each, as the history writes them.
type told struct{}

var toldReports = []ReportInfo{
	{ID: "queues", Title: map[string]string{"en": "Queues", "ru": "Очереди", "ky": "Кезектер"}, Parameters: []string{"from", "to", "limit", "after", "columns", "every", "queue", "language", "formula"}},
	{ID: "calls", Title: map[string]string{"en": "Calls", "ru": "Звонки", "ky": "Чалуулар"}, Parameters: []string{"from", "to", "limit", "after", "columns", "queue", "language", "agent", "number", "outcome"}},
	{ID: "recordings", Title: map[string]string{"en": "Recordings", "ru": "Записи", "ky": "Жазуулар"}, Parameters: []string{"from", "to", "limit", "after", "columns", "queue", "language", "agent"}},
	{ID: "abandoned", Title: map[string]string{"en": "Abandoned", "ru": "Не дождались", "ky": "Күтпөгөндөр"}, Parameters: []string{"from", "to", "limit", "after", "columns", "queue", "language", "number"}},
}

func (told) All() []ReportInfo { return toldReports }

func (told) Report(_ context.Context, name string, ask url.Values) ([]byte, string, error) {
	at := func(hour, minute int) string {
		return time.Now().UTC().Truncate(24 * time.Hour).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute).Format(time.RFC3339)
	}
	column := func(id, unit string) map[string]any {
		return map[string]any{"id": id, "title": map[string]string{"en": id, "ru": id, "ky": id}, "unit": unit}
	}
	row := map[string]any{"started": at(3, 5), "call": "c1", "number": "+996555000001", "queue": "sales", "language": "ru", "outcome": "completed_caller", "agent": "1001", "wait": 5.0, "talk": 60.0, "length": 60.0}
	answer := map[string]any{"report": name}
	switch name {
	case "queues":
		answer["columns"] = []any{column("begin", "time"), column("queue", "text"), column("offered", "count"), column("service_level", "percent")}
		var items []any
		for i := range 20 {
			items = append(items, map[string]any{"begin": at(2+i/2, 30*(i%2)), "queue": "sales", "language": "ru", "offered": i, "answered": i, "answered_in_time": i, "abandoned": i % 3, "abandoned_in_time": 0, "mean_wait": 4.5, "longest_wait": 33.0, "talk": 60.0, "wrapup": 10.0, "occupancy": 70.0, "callbacks": 1, "callbacks_in_time": 1, "callbacks_breached": 0, "service_level": 90.0})
		}
		answer["items"] = items
	case "recordings":
		row["name"] = "kezek/2026-12-01/sales/c1"
		answer["columns"], answer["items"] = []any{column("started", "time"), column("agent", "text"), column("length", "duration"), column("name", "text")}, []any{row}
	case "calls":
		if ask.Get("number") != "" {
			row["recordings"] = "kezek/2026-12-01/sales/c1"
		}
		answer["columns"], answer["items"] = []any{column("started", "time"), column("number", "text"), column("outcome", "text"), column("talk", "duration")}, []any{row}
	default:
		answer["columns"], answer["items"] = []any{column("started", "time"), column("number", "text")}, []any{row}
	}
	body, err := json.Marshal(answer)
	return body, "application/json", err
}

func (told) Call(context.Context, string, url.Values) ([]byte, string, error) {
	at := time.Now().UTC().Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{"report": "call", "from": at, "to": at, "columns": []any{}, "items": []any{
		map[string]any{"at": at, "what": "call", "words": "The call comes in"},
		map[string]any{"at": at, "what": "recording", "words": "Recorded", "name": "kezek/2026-12-01/sales/c1", "length": 60.0},
	}})
	return body, "application/json", err
}

func (told) Recorded(context.Context, string, string) (time.Duration, bool, error) {
	return 0, false, nil
}

func (told) Corrections(context.Context, string, string) ([]Correction, error) { return nil, nil }

func (told) Alarms(context.Context, time.Time) ([]Alarm, error) {
	return []Alarm{
		{ID: "1000-1", At: time.Now().Add(-time.Hour), Kind: queue.EntryCallbackBreached, Severity: queue.SeverityCritical, Queue: "sales", Callback: "cb-1"},
		{ID: "1000-0", At: time.Now().Add(-2 * time.Hour), Kind: queue.EntryViolation, Severity: queue.SeverityWarning, Agent: "1001", Detail: string(queue.ViolationDeclined), Acknowledged: &Acknowledged{"aida", time.Now()}},
	}, nil
}

func (told) QueueOf(context.Context, string) (string, error) { return "sales", nil }

func (told) Alarm(context.Context, string) (*Alarm, error) { return nil, nil }

// busySite is one on which there is something of each sort to see.
func busySite(t *testing.T) *site {
	s := liveSite(t)
	s.reports = told{}
	s.happen(queue.CallArrived{Channel: "c1", DID: "+996312900800", Number: "+996555000001"})
	s.happen(queue.LegAnswered{Channel: s.legOf("1001")})
	s.happen(queue.CallArrived{Channel: "c2", DID: "+996312900801", Number: "+996555000002"}, queue.CallArrived{Channel: "c3", DID: "+996312900800"})
	s.happen(queue.BookCallback{Number: "+996555000003", Queue: "sales", Class: queue.ClassManager, By: "aida", Note: "about the contract"})
	return s
}

// axe reads axe-core, which the set-up has fetched.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(cache, "kezek", "axe", "axe.min.js"))
	if err != nil {
		t.Skip("needs axe-core: make test-long; ", err)
	}
	return string(source)
}

// isAccessible has axe-core look at the page, and at how it is at the width of a phone.
func (b *browser) isAccessible(source string) {
	b.t.Helper()
	is[bool](b, source+"; true")
	faults := is[[]string](b, `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 160) + " " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ").slice(0, 240))))`)
	for _, fault := range faults {
		b.t.Error(fault)
	}
}

// fits: nothing makes the page wider than the window.
func (b *browser) fits() {
	b.t.Helper()
	if wide := is[int](b, `document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth`); wide > 0 {
		b.t.Errorf("it is %d px wider than the window: %s", wide, is[string](b, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".hidden, thead")).map((e) => e.tagName + "#" + e.id + "." + e.className).slice(0, 8).join(" ")`))
	}
}

// Each page is accessible by WCAG 2.2 AA, in light and in dark, in each language, and needs no sideways scroll at 320 px.
func TestLongPageIsAccessible(t *testing.T) {
	source := axe(t)
	s := busySite(t)
	address := serve(t, s)
	b := openPage(t, address, "en-US", 1366, 900)
	b.enters("steering")
	for _, at := range []string{"/", "/history", "/wall"} {
		for _, language := range wordLanguagesOfPage {
			for _, theme := range []string{"light", "dark"} {
				t.Run(fmt.Sprint(at, " ", language, " ", theme), func(t *testing.T) {
					b := &browser{t, b.ctx, b.console}
					is[bool](b, fmt.Sprintf(`localStorage.setItem("kezek-language", %q); localStorage.setItem("kezek-theme", %q); true`, language, theme))
					b.does(chromedp.EmulateViewport(1366, 900), chromedp.Navigate(address+at), chromedp.WaitVisible(chromedp.CSS("#tables")))
					switch at {
					case "/":
						b.shows("#calls", "+996555000001")
						b.until(`document.querySelector("#connection").dataset.level === "fine"`)
					case "/history":
						b.until(`document.querySelectorAll("#charts canvas").length === 5 && !!document.querySelector("#report-table table") && !!document.querySelector("#recordings table")`)
					case "/wall":
						b.until(`document.querySelectorAll(".card").length === 2`)
						is[bool](b, `document.querySelector("#sound").focus(); true`)
					}
					b.until(`document.getAnimations().every((a) => a.playState === "finished")`)
					b.isAccessible(source)
					b.does(chromedp.EmulateViewport(320, 700))
					time.Sleep(200 * time.Millisecond) // the charts follow the window
					b.fits()
					b.noErrors()
				})
			}
		}
	}
}

// The dialogs of acts are accessible, too.
func TestLongDialogsAreAccessible(t *testing.T) {
	source := axe(t)
	s := busySite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("steering")
	b.shows("#calls", "+996555000001")
	for _, table := range []string{"queues", "calls", "callbacks", "agents", "abandoned"} {
		b.until(`!!document.querySelector("#%s tbody button")`, table)
		is[bool](b, fmt.Sprintf(`document.querySelector("#%s tbody button").click(); true`, table))
		b.until(`document.querySelector("#dialog").open`)
		b.isAccessible(source)
		is[bool](b, `document.querySelector("#dialog").close(); true`)
	}
}

// TestLongScreenshots makes the pictures of docs/page.md: make screenshots.
func TestLongScreenshots(t *testing.T) {
	folder := os.Getenv("KEZEK_SHOTS")
	if folder == "" {
		t.Skip("make screenshots")
	}
	s := busySite(t)
	address := serve(t, s)
	b := openPage(t, address, "ru-RU", 1366, 900)
	b.enters("steering")
	for name, at := range map[string]string{"live": "/", "history": "/history", "wall": "/wall#theme=dark"} {
		for _, size := range [][2]int64{{1366, 900}, {390, 844}, {1920, 1080}} {
			b.does(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(address+"/none"), chromedp.Navigate(address+at), chromedp.WaitVisible(chromedp.CSS("#tables")))
			b.until(`document.querySelector("#connection").dataset.level === "fine" && document.querySelector("#clock").innerText !== ""`)
			if name == "history" {
				b.until(`document.querySelectorAll("#charts canvas").length === 5 && !!document.querySelector("#report-table table")`)
			}
			time.Sleep(500 * time.Millisecond) // transitions
			b.shot(folder, fmt.Sprintf("%s-%d", name, size[0]))
		}
	}
}
