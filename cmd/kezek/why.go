package main

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/ops"
	"kezek/queue"
)

// liveCallForm is the id of a call on the line.
var liveCallForm = form{want: "the id of a call, as kezek calls shows it", fits: callbackForm.fits}

func (a *app) whyCommand() *cobra.Command {
	var v viewFlags
	cmd := &cobra.Command{
		Use: "why CALL", Short: "Tell why nobody takes a caller", Args: arguments(argument{"CALL", liveCallForm}),
		Long: "Tell why nobody takes a caller who waits: what keeps all agents together, and each of them, as the rules see it now. The agents nearest to the caller come first.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.show(cmd.Context(), v, "/api/v1/calls/"+url.PathEscape(args[0])+"/why?words=en", printWhy)
		},
	}
	v.add(cmd)
	cmd.ValidArgsFunction = inTurn(a.offerCalls(&v.where))
	return cmd
}

// printWhy writes the reason of all agents together, and then that of each.
func printWhy(w io.Writer, body []byte, now time.Time) error {
	why, err := decoded[ops.Why](body)
	if err != nil {
		return err
	}
	language := text(why.Language)
	if language != "" {
		language = " (" + language + ")"
	}
	if _, err := fmt.Fprintf(w, "%s, %s in %s%s: %s\n", printable(why.Call), printable(string(why.State)), printable(cmp.Or(why.Queue, "no queue")), printable(language), printable(why.Words)); err != nil {
		return err
	}
	var rows [][]string
	for _, g := range why.Agents {
		var reasons []string
		for _, r := range g.Reasons {
			reasons = append(reasons, reasonWords(r, now))
		}
		rows = append(rows, []string{g.Agent, g.Name, either(g.Eligible, "yes", "no"), strings.Join(reasons, "; ")})
	}
	if len(rows) == 0 {
		return nil
	}
	return table(w, []string{"AGENT", "NAME", "NOW", "WHY NOT"}, rows)
}

// reasonWords is "is on a call (lab-17.5, for 0:01:05)".
func reasonWords(r ops.WhyReason, now time.Time) string {
	var details []string
	status := ""
	if r.Code == queue.ReasonStatus {
		status = string(r.Status)
	}
	for _, detail := range []string{status, r.Agent, r.Call, r.Callback} {
		if detail != "" {
			details = append(details, detail)
		}
	}
	if r.Cause != "" {
		details = append(details, r.Cause.Words())
	}
	if !r.Since.IsZero() {
		details = append(details, "for "+lasting(now.Sub(r.Since)))
	}
	if left := r.Until.Sub(now); !r.Until.IsZero() && left > 0 {
		details = append(details, lasting(left)+" left")
	}
	if len(details) == 0 {
		return r.Words
	}
	return r.Words + " (" + strings.Join(details, ", ") + ")"
}
