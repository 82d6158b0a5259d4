package e2e

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

const didBoard = "+996312900930"

var boardConfig = openTrunk + "queues:" + deskQueue("board", didBoard, "\n    strategy: linear\n    ring: {broken: 1s, rest: 1s}") + `
agents:
  "1011": {queues: [board], speech: ru}
  "1012": {queues: [board], speech: ru}
`

// TestLongBoard: a supervisor has the board open in a browser, in Russian, and another one in English. Each change is drawn when its
// event comes, and the console tells of no error.
func TestLongBoard(t *testing.T) {
	if os.Getenv("KEZEK_LONG") == "" {
		t.Skip("needs Debian's Chromium: make test-long")
	}
	t.Parallel()
	s := open(t, boardConfig)
	ru, en := s.board(t, "ru-RU"), s.board(t, "en-US")
	for _, id := range []string{"1011", "1012"} {
		ru.shows("#agents", id, "не на смене")
		en.shows("#agents", id, "offline")
	}
	bad, good := s.agent(t, "1011"), s.agent(t, "1012")
	ru.shows("#agents", bad.id, "ожидание", "на связи")
	en.shows("#agents", bad.id, "waiting", "reachable")

	// A phone fails as it answers, and the next agent has the caller.
	c := s.call(t, didBoard)
	_ = bad.rings().AnswerWith(within(t, patience), phone.NoSession) // Asterisk ends it at once
	ru.shows("#agents", bad.id, "нет общего кодека")
	en.shows("#agents", bad.id, "no common codec")
	ru.shows("#alarms", "телефон не работает", bad.id, "нет общего кодека")
	en.shows("#alarms", "phone does not work", bad.id, "no common codec")
	good.answers(c)
	ru.shows("#calls", c.number, "board", "разговор", good.id)
	en.shows("#calls", c.number, "board", "talking", good.id)
	ru.shows("#agents", good.id, "работа с абонентом", c.number)
	en.shows("#agents", good.id, "talking", c.number)

	// It works again: with a talk that lasts, and a caller who is parked meanwhile.
	next := s.call(t, didBoard)
	r := bad.answers(next)
	time.Sleep(1100 * time.Millisecond)
	ru.shows("#calls", next.number, "разговор", bad.id)
	bad.parks(r, next, "1")
	ru.shows("#calls", next.number, "на парковке, место 1", bad.id)
	en.shows("#calls", next.number, "parked, slot 1", bad.id)
	r = bad.dials("*241")
	ru.shows("#calls", next.number, "разговор", bad.id)
	must(t, r.Hangup(within(t, patience)))
	next.outcome(queue.OutcomeCompletedByAgent)
	ru.shows("#agents", bad.id, "ожидание", "на связи")
	en.shows("#agents", bad.id, "waiting", "reachable")
	c.hangUp(queue.OutcomeCompletedByCaller)
	ru.shows("#calls", "пусто")
	en.shows("#calls", "none")

	// The time to a promise runs, without an event.
	for _, a := range []*agent{bad, good} {
		a.code("*31")
		ru.shows("#agents", a.id, "Кофе-брейк")
		en.shows("#agents", a.id, "Кофе-брейк") // the config has no English title
	}
	number := number()
	if _, errs, code := s.kezek(t, "callback", "add", number, "--queue", "board"); code != 0 {
		t.Fatal(errs)
	}
	ru.shows("#callbacks", "информация", number, "ждёт")
	en.shows("#callbacks", "information", number, "open")
	for _, b := range []*board{ru, en} {
		b.dueRuns()
		b.noErrors()
	}
}

// board is the page in a browser.
type board struct {
	t       *testing.T
	ctx     context.Context
	console <-chan chromedp.ConsoleMessage
}

// onlyEvents keeps the page from drawing anew on its own every few seconds.
const onlyEvents = `{ const each = setInterval; window.setInterval = (what, ms) => ms > 1000 ? 0 : each(what, ms); }`

// board opens the page in a browser whose user reads a language, and logs in.
func (s *site) board(t *testing.T, language string) *board {
	t.Helper()
	alloc, end := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath("chromium-headless-shell"), chromedp.NoSandbox, chromedp.Flag("lang", language), chromedp.Flag("accept-lang", language))...)
	t.Cleanup(end)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	must(t, chromedp.Do(ctx)) // starts it
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
	b := &board{t, ctx, console}
	b.does(
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: onlyEvents})
			return err
		}),
		chromedp.Navigate(s.OpsURL()),
		chromedp.SendKeys(chromedp.CSS("#enter input"), lab.TokenSupervisor),
		chromedp.Click(chromedp.CSS("#enter button")),
		chromedp.WaitVisible(chromedp.CSS("#tables")),
	)
	return b
}

func (b *board) does(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	must(b.t, chromedp.Do(ctx, actions...))
}

// rowHas: a row of a table has all of these texts.
const rowHas = `(table, ...texts) => [...document.querySelectorAll(table + " tr")].some((tr) => texts.every((text) => tr.innerText.includes(text)))`

// shows waits until a row of a table has all of these texts.
func (b *board) shows(table string, texts ...string) {
	b.t.Helper()
	args := []any{table}
	for _, text := range texts {
		args = append(args, text)
	}
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	if _, err := chromedp.Run(ctx, chromedp.PollFunction[bool](rowHas, chromedp.WithPollingArgs(args...), chromedp.WithPollingMutation(), chromedp.WithPollingTimeout(0))); err != nil {
		is, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		b.t.Fatalf("%s has no row with %q: %v; the page is\n%s", table, texts, err, is)
	}
}

// runs: the time in a row is two seconds shorter than when the row was drawn.
const runs = `(() => {
	const row = document.querySelector("#callbacks [data-due]");
	const [minutes, seconds] = row.cells[0].innerText.split(":");
	const left = minutes * 60 + +seconds;
	if (window.drawn?.row !== row) window.drawn = { row, left };
	return drawn.left - left >= 2;
})()`

// dueRuns waits until the time to the first promise is shorter without a new drawing.
func (b *board) dueRuns() {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, patience)
	defer end()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](runs, chromedp.WithPollingTimeout(0)))
	must(b.t, err)
}

// noErrors checks what the page has told its console so far.
func (b *board) noErrors() {
	b.t.Helper()
	for {
		select {
		case m := <-b.console:
			if strings.HasSuffix(m.URL, "/auth/login") || strings.HasSuffix(m.URL, "/me") || strings.HasSuffix(m.URL, "/alarms") || strings.Contains(m.URL, "/history/") {
				continue // how the page finds out whether somebody has signed on already, and whether there is a history
			}
			b.t.Errorf("the console: %v (%s:%d)", m, m.URL, m.Line)
		default:
			return
		}
	}
}
