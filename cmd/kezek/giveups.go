package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/daemon"
	"kezek/ops"
	"kezek/queue"
)

// gaveUp is a row of the report abandoned.
type gaveUp struct {
	Started  time.Time      `json:"started"`
	Number   string         `json:"number"`
	Queue    string         `json:"queue"`
	Language queue.Language `json:"language"`
	Wait     float64        `json:"wait"`
}

// calledBack is what became of one who gave up.
type calledBack struct {
	Number   string         `json:"number"`
	Queue    string         `json:"queue"`
	Language queue.Language `json:"language"`
	GaveUp   *time.Time     `json:"gave_up"`
	// Callback is the one that the number has now, Booked anew or before; Refused says why there is none.
	Callback *ops.Callback `json:"callback"`
	Booked   bool          `json:"booked"`
	Refused  string        `json:"refused"`
}

func (a *app) callbackAbandoned() *cobra.Command {
	var where clientFlags
	var all, asJSON bool
	var class, note string
	asked := []*struct{ name, value string }{{name: "from"}, {name: "to"}, {name: "queue"}, {name: "language"}}
	cmd := &cobra.Command{
		Use: "abandoned {NUMBER… | --all}", Short: "Book callbacks to callers who gave up",
		Args: func(cmd *cobra.Command, args []string) error {
			for _, number := range args {
				if err := (argument{"NUMBER", numberForm}).check(cmd, number); err != nil {
					return err
				}
			}
			return nil
		},
		Long: "Book a callback to callers of kezek report abandoned: who gave up, and was not served or called back since. One callback for each number, in the\n" +
			"queue and language in which they gave up last. Without --from it is about today. The rules decide as for every callback; what they refuse is shown,\n" +
			"with exit code 1.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return usageError{errors.New("want numbers of kezek report abandoned, or --all for all of it; see kezek callback abandoned --help")}
			}
			c, err := a.client(cmd.Context(), where, config.Supervisor)
			if err != nil {
				return err
			}
			ask := url.Values{}
			for _, f := range asked {
				if f.value != "" {
					ask.Set(f.name, f.value)
				}
			}
			list, err := c.gaveUp(cmd.Context(), ask)
			if err != nil {
				return err
			}
			if !all {
				list = theseOf(list, args)
			}
			return a.callBack(cmd.Context(), c, list, queue.CallbackClass(class), note, asJSON)
		},
	}
	where.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "all of the report")
	for i, f := range []struct {
		form form
		help string
		how  completion
	}{
		{spanForm, "callers who called from then on: a day, a month or a time; default is today", nil}, {spanForm, "and before then", nil},
		{nameForm, "of one queue", a.offerQueues(&where)}, {languageForm, "of one language", a.offerLanguages(&where)},
	} {
		give(cmd, &asked[i].value, asked[i].name, "", f.form, f.help, f.how)
	}
	classes := oneOf(queue.CallbackClasses)
	give(cmd, &class, "class", string(queue.ClassInformation), classes, "how soon: "+classes.want, nil)
	give(cmd, &note, "note", "", lineForm, "what it is about, for people; default says when they gave up", nil)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	return cmd
}

// gaveUp reads the report abandoned: for each number the last call, in the order of these.
func (c *client) gaveUp(ctx context.Context, ask url.Values) (list []gaveUp, err error) {
	ask.Set("limit", strconv.Itoa(1000))
	for {
		body, err := c.get(ctx, "/api/v1/history/abandoned?"+ask.Encode())
		if err != nil {
			return nil, err
		}
		page, err := decoded[struct {
			Items []gaveUp `json:"items"`
			Next  string   `json:"next"`
		}](body)
		if err != nil {
			return nil, err
		}
		for _, one := range page.Items {
			list = append(slices.DeleteFunc(list, func(g gaveUp) bool { return g.Number == one.Number }), one)
		}
		if page.Next == "" || len(page.Items) == 0 {
			return list, nil
		}
		ask.Set("after", page.Next)
	}
}

// theseOf are those of the numbers; one that is not in the list comes without a queue.
func theseOf(list []gaveUp, numbers []string) (these []gaveUp) {
	for _, number := range numbers {
		i := slices.IndexFunc(list, func(g gaveUp) bool { return daemon.Normalize(g.Number) == daemon.Normalize(number) })
		if i < 0 {
			these = append(these, gaveUp{Number: number})
			continue
		}
		these = append(these, list[i])
	}
	return these
}

// callBack books the callbacks, and tells of each what became of it.
func (a *app) callBack(ctx context.Context, c *client, list []gaveUp, class queue.CallbackClass, note string, asJSON bool) error {
	done := []calledBack{}
	var stopped error
	for _, g := range list {
		one := calledBack{Number: g.Number, Queue: g.Queue, Language: g.Language, GaveUp: &g.Started}
		if g.Queue == "" {
			one.GaveUp, one.Refused = nil, "not in the report: nobody gave up from there in that time, or they were served or have a callback since"
		} else if stopped = c.book(ctx, &one, class, cmp.Or(note, fmt.Sprintf("gave up at %s after %s", moment(&g.Started, a.now()), lasting(time.Duration(g.Wait*float64(time.Second)))))); stopped != nil {
			break // and what was booked is told all the same
		}
		done = append(done, one)
	}
	if err := a.tellCalledBack(done, asJSON); err != nil || stopped != nil {
		return cmp.Or(stopped, err)
	}
	if slices.ContainsFunc(done, func(d calledBack) bool { return d.Refused != "" }) {
		return errSaid
	}
	return nil
}

// book asks for one; an error is the daemon's, not about this one.
func (c *client) book(ctx context.Context, one *calledBack, class queue.CallbackClass, note string) error {
	body, status, err := c.send(ctx, http.MethodPost, "/api/v1/callbacks", ops.CallbackOrder{Number: one.Number, Queue: one.Queue, Language: one.Language, Class: class, Note: note},
		http.StatusCreated, http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusNotFound)
	if err != nil {
		return err
	}
	if status == http.StatusCreated || status == http.StatusOK {
		cb, err := decoded[ops.Callback](body)
		one.Callback, one.Booked = &cb, status == http.StatusCreated
		return err
	}
	p, err := decoded[ops.Problem](body)
	one.Refused = cmp.Or(p.Detail, "refused")
	return err
}

func (a *app) tellCalledBack(done []calledBack, asJSON bool) error {
	if asJSON {
		return printJSON(a.out, map[string]any{"items": done})
	}
	if len(done) == 0 {
		_, err := fmt.Fprintln(a.out, "nobody: all who gave up were served or called back since, or have a callback")
		return err
	}
	var rows [][]string
	booked, refused := 0, 0
	for _, d := range done {
		result := "REFUSED: " + d.Refused
		switch {
		case d.Booked:
			booked++
			result = "booked, due " + due(*d.Callback, a.now()) + ", " + d.Callback.ID
		case d.Callback != nil:
			result = "has a callback already, due " + due(*d.Callback, a.now()) + ", " + d.Callback.ID
		default:
			refused++
		}
		rows = append(rows, []string{d.Number, d.Queue, string(d.Language), moment(d.GaveUp, a.now()), result})
	}
	if err := table(a.out, []string{"NUMBER", "QUEUE", "LANGUAGE", "GAVE UP", "CALLBACK"}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.out, "%d booked, %d refused\n", booked, refused)
	return err
}
