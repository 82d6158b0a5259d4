package main

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/ops"
)

const sessionsPath = "/api/v1/sessions"

var sessionForm = form{want: "the id of a session, as kezek sessions shows it", fits: callbackForm.fits}

// sessionsCommand shows who is signed on; its command ends that.
func (a *app) sessionsCommand() *cobra.Command {
	v := viewFlags{need: config.Admin}
	shown := list{
		"sessions", "Show who is signed on without a token; end", []string{"NAME", "BY", "ROLE", "QUEUES", "FROM", "SINCE", "LAST", "UNTIL", "ID"},
		rowEach(func(s ops.Session, now time.Time) []string {
			queues := "all"
			if s.Queues != nil {
				queues = strings.Join(*s.Queues, " ")
			}
			return []string{s.Name, s.How, s.Role, queues, s.From, moment(&s.Began, now), moment(&s.Last, now), moment(&s.Expires, now), s.ID}
		}),
	}
	cmd := &cobra.Command{
		Use: shown.name, Short: shown.short, Args: arguments(),
		Long: "Show the sessions of people who signed on at a proxy or by OpenID Connect, the one used last first.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.show(cmd.Context(), v, sessionsPath, shown.print) },
	}
	v.add(cmd)
	cmd.AddCommand(a.sessionsEnd())
	return cmd
}

func (a *app) sessionsEnd() *cobra.Command {
	var where clientFlags
	cmd := &cobra.Command{
		Use: "end ID", Short: "Sign somebody off", Args: arguments(argument{"ID", sessionForm}),
		Long: "Sign somebody off: what the session has open is cut. Who comes by a proxy is refused until the session would have ended.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.order(cmd, where, http.MethodDelete, sessionsPath+"/"+url.PathEscape(args[0]), nil, "signed off")
		},
	}
	where.add(cmd)
	cmd.ValidArgsFunction = inTurn(offer(a, &where, sessionsPath, func(s ops.Session) []string { return []string{word(s.ID, s.Name)} }))
	return cmd
}
