package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kezek/queue"
)

// The page in a real Chromium, with the real rules behind it and no exchange. They need Debian's Chromium: make test-long.

const patience = 20 * time.Second

// browser is a page that is open.
type browser struct {
	t       *testing.T
	ctx     context.Context
	console <-chan chromedp.ConsoleMessage
}

// openPage opens an address of a server in a browser whose user reads a language.
func openPage(t *testing.T, url, language string, width, height int) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium-headless-shell")
	if os.Getenv("KEZEK_LONG") == "" || err != nil {
		t.Skip("needs Debian's Chromium: make test-long")
	}
	alloc, end := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.Flag("lang", language), chromedp.Flag("accept-lang", language),
		chromedp.Flag("js-flags", "--expose-gc"), chromedp.Flag("enable-precise-memory-info", true))...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // starts it
		t.Fatal(err)
	}
	console := make(chan chromedp.ConsoleMessage, 1000)
	messages := chromedp.Console(ctx)
	go func() {
		defer close(console)
		for m, err := range messages {
			if err != nil {
				return
			}
			console <- m
		}
	}()
	b := &browser{t, ctx, console}
	b.does(chromedp.Navigate(url))
	return b
}

func (b *browser) does(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page is\n%s", err, b.text())
	}
}

func (b *browser) text() string {
	is, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return is
}

// enters logs in with a token.
func (b *browser) enters(token string) {
	b.t.Helper()
	b.does(chromedp.SendKeys(chromedp.CSS("#enter input"), token), chromedp.Click(chromedp.CSS("#enter button")), chromedp.WaitVisible(chromedp.CSS("#tables")))
}

// until waits until an expression of the page is true.
func (b *browser) until(expression string, args ...any) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	expression = fmt.Sprintf(expression, args...)
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0))); err != nil {
		b.t.Fatalf("never true: %s: %v; the page is\n%s", expression, err, b.text())
	}
}

// is evaluates an expression, or what a promise gives.
func is[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v; the page is\n%s", expression, err, b.text())
	}
	return v
}

// shows waits until a row of a table has all of these texts.
func (b *browser) shows(table string, texts ...string) {
	b.t.Helper()
	want, _ := json.Marshal(texts)
	b.until(`[...document.querySelectorAll("%s tr")].some((tr) => %s.every((text) => tr.innerText.includes(text)))`, table, want)
}

// noErrors checks what the page has told its console so far.
func (b *browser) noErrors() {
	b.t.Helper()
	for {
		select {
		case m := <-b.console:
			if strings.Contains(fmt.Sprint(m), "401") && strings.HasSuffix(m.URL, "/me") || strings.HasSuffix(m.URL, "/auth/login") {
				continue // whether the reader has signed on without a token, and whether they can
			}
			if strings.Contains(fmt.Sprint(m), "404") && (strings.Contains(m.URL, "/history/") || strings.HasSuffix(m.URL, "/alarms") || strings.HasSuffix(m.URL, "/me")) {
				continue // the test's site has no history; the browser tells of each answer that is not 200
			}
			b.t.Errorf("the console: %v (%s:%d)", m, m.URL, m.Line)
		default:
			return
		}
	}
}

// liveSite is a site whose clock is the machine's.
func liveSite(t *testing.T) *site {
	s := newSite(t)
	s.at = time.Now()
	s.now = time.Now
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.LogIn{Agent: "1012", Trusted: true})
	return s
}

// What happens is shown when its event comes, in the reader's language and in the site's zone, by titles; what is not there any more goes.
func TestLongPageIsLive(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "ru-RU", 1366, 900)
	b.enters("steering")
	b.shows("#agents", "Оператор 1001", "ожидание", "русский", "Отдел продаж", "на связи")
	b.until(`document.querySelector("#connection").dataset.level === "fine"`)
	s.happen(queue.CallArrived{Channel: "c1", DID: "+996312900800", Number: "+996555000001"})
	b.shows("#calls", "+996555000001", "Отдел продаж", "русский", "звонит оператору")
	s.happen(queue.LegAnswered{Channel: s.legOf("1001")})
	b.shows("#calls", "+996555000001", "разговор", "Оператор 1001")
	b.until(`document.querySelector("#tile-recent .value").innerText.includes("100 %%")`)
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.CauseNormal})
	b.shows("#calls", "пусто")
	b.noErrors()
}

// A daemon that answers nothing is told within five seconds, in amber and then in red, and so is its return; one whose loop
// hangs while its connections live is no different.
func TestLongPageTellsAHungDaemon(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "en-US", 1366, 900)
	b.enters("seeing")
	b.until(`document.querySelector("#connection").dataset.level === "fine"`)
	s.stuck.Lock()
	began := time.Now()
	b.until(`document.querySelector("#connection").dataset.level === "soon" && document.querySelector("#connection").innerText.includes("No answer for")`)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a hung daemon is told after %v, want 5 s at most", took)
	}
	b.until(`document.querySelector("#connection").dataset.level === "late"`)
	if took := time.Since(began); took > 12*time.Second {
		t.Errorf("red after %v", took)
	}
	s.stuck.Unlock()
	b.until(`document.querySelector("#connection").dataset.level === "fine"`)
}

// A row that changes is the same element: the focus stays in it, also where rows come, go and change places around it.
func TestLongPageKeepsItsRows(t *testing.T) {
	s := liveSite(t)
	b := openPage(t, serve(t, s), "en-US", 1366, 900)
	b.enters("steering")
	b.shows("#agents", "1012", "waiting")
	is[bool](b, `(() => {
		const button = [...document.querySelectorAll("#agents tbody tr")].find((tr) => tr.innerText.includes("1012")).querySelector("button");
		button.focus();
		window.held = button;
		return true;
	})()`)
	s.happen(queue.SetStatus{Agent: "1012", Status: "coffee", By: "aida"}, queue.LogOut{Agent: "1001", By: "aida", Reason: "test"})
	b.shows("#agents", "1012", "coffee")
	b.until(`document.querySelector("#agents tbody tr").innerText.includes("1012")`) // who is not logged in goes down
	if !is[bool](b, `document.activeElement === window.held && window.held.isConnected`) {
		t.Error("the focus is lost")
	}
	b.noErrors()
}

// shot keeps a picture of the page in a folder.
func (b *browser) shot(folder, name string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}
