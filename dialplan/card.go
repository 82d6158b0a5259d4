package dialplan

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/template"
	"time"

	"kezek/queue"
)

// CardLanguages are those that there is a card in.
var CardLanguages = []queue.Language{"ru", "ky"}

// Card says which card is written: all that an agent can key and dial, on one page.
type Card struct {
	Rules    *queue.Rules
	Language queue.Language
	// Queue whose limits and statuses it tells.
	Queue string
}

// wording is what the templates of a card share in one language.
type wording struct {
	hour, minute, second, day string
	waiting                   string
	then                      map[queue.HoldThen]string
}

var wordings = map[queue.Language]wording{
	"ru": {"ч", "мин", "с", "дн", "Ожидание", map[queue.HoldThen]string{
		queue.HoldThenCallback: "ему обещают обратный звонок от вас", queue.HoldThenReturn: "возвращают вам", queue.HoldThenRequeue: "он первый в очереди",
	}},
	"ky": {"саат", "мүн", "сек", "күн", "Күтүү", map[queue.HoldThen]string{
		queue.HoldThenCallback: "ага сиздин кайра чалууңуз убада кылынат", queue.HoldThenReturn: "сизге кайтарылат", queue.HoldThenRequeue: "ал кезектин башында",
	}},
}

// WriteCard writes an agents' card as Markdown. The error says which language or queue there is not.
func WriteCard(w io.Writer, c Card) error {
	words, ok := wordings[c.Language]
	if !ok {
		return fmt.Errorf("no card in %q; there are cards in %v", c.Language, CardLanguages)
	}
	q := c.Rules.Queues[c.Queue]
	if q == nil {
		return fmt.Errorf("no card of queue %q; the config has %s", c.Queue, strings.Join(slices.Sorted(maps.Keys(c.Rules.Queues)), ", "))
	}
	title := func(title map[queue.Language]string, name string) string { return cmp.Or(title[c.Language], name) }
	waiting := words.waiting
	if t := c.Rules.Statuses[string(queue.StatusReady)]; t != nil {
		waiting = title(t.Title, waiting)
	}
	file := "card." + string(c.Language) + ".md.tmpl"
	page, err := template.New(file).Option("missingkey=error").Funcs(template.FuncMap{"title": title, "time": words.time}).ParseFS(templates, "templates/"+file)
	if err != nil {
		return fmt.Errorf("dialplan: %w", err)
	}
	var parking time.Duration // 0: nobody can be parked
	if p := c.Rules.Parking; p.Slots > 0 {
		parking = min(p.Time, q.Hold.Act)
	}
	var b bytes.Buffer
	err = page.Execute(&b, struct {
		Title, Waiting, HoldThen string
		Queue                    *queue.QueueRules
		Statuses                 []*queue.StatusRules
		Results                  []*queue.ResultRules
		Flag, PhoneGone, Parking time.Duration
	}{
		Title: title(q.Title, q.Name), Waiting: waiting, HoldThen: words.then[q.Hold.Then], Queue: q,
		Statuses: byCode(c.Rules.Statuses, func(t *queue.StatusRules) string { return t.Code },
			func(t *queue.StatusRules) bool { return t.Code != "" && !slices.Contains(t.ForbiddenTo, q.Name) }),
		Results: byCode(c.Rules.Results, func(t *queue.ResultRules) string { return t.Code },
			func(t *queue.ResultRules) bool { return t.IsFor(q.Name) }),
		Flag: c.Rules.Conduct.Flag, PhoneGone: c.Rules.PhoneGone, Parking: parking,
	})
	if err != nil {
		return fmt.Errorf("dialplan: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// byCode are the lines of a table that are wanted, in the order of their codes.
func byCode[T any](table map[string]*T, code func(*T) string, wanted func(*T) bool) []*T {
	all := slices.DeleteFunc(slices.Collect(maps.Values(table)), func(t *T) bool { return !wanted(t) })
	slices.SortFunc(all, func(a, b *T) int { return strings.Compare(code(a), code(b)) })
	return all
}

// time is a length of time in the largest unit that it is a whole number of, two
// of it at least but for minutes.
func (words wording) time(d time.Duration) string {
	for _, u := range []struct {
		unit, from time.Duration
		word       string
	}{{24 * time.Hour, 48 * time.Hour, words.day}, {time.Hour, 2 * time.Hour, words.hour}, {time.Minute, time.Minute, words.minute}} {
		if d >= u.from && d%u.unit == 0 {
			return fmt.Sprintf("%d %s", d/u.unit, u.word)
		}
	}
	return fmt.Sprintf("%g %s", d.Seconds(), words.second)
}
