package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"kezek/daemon"
	"kezek/dialplan"
	"kezek/queue"
)

func (a *app) dialplanCommand() *cobra.Command {
	var file string
	var settings bool
	var card dialplan.Card
	cmd := &cobra.Command{
		Use: "dialplan", Short: "Generate the dialplan that Asterisk includes", Args: arguments(),
		Long: "Print the dialplan for callers, agents' codes and lamps, made from the config; with --write it goes into a file, completely or not at all.\n" +
			"Generate it again after a change of numbers, agents, statuses, music or fallbacks.",
		Example: "  kezek dialplan --write /etc/asterisk/" + dialplan.FileName + " && asterisk -rx 'dialplan reload'\n" +
			"  kezek dialplan --card ru         # one page for each agent's desk\n" +
			"  kezek dialplan --settings        # what Kezek needs in Asterisk's other files, as examples",
		RunE: func(*cobra.Command, []string) error {
			if card.Language != "" && (settings || file != "") {
				return usageError{errors.New("--card prints the agents' card: only --queue goes with it")}
			}
			if card.Language == "" && card.Queue != "" {
				return usageError{errors.New("--queue is for the agents' card: it needs --card")}
			}
			if settings && file != "" {
				return usageError{fmt.Errorf("--settings are examples to copy from: they are not written to a file with --write")}
			}
			c, err := loadConfig(a.configPath)
			if err != nil {
				return err
			}
			if card.Language != "" {
				return writeCard(a.out, card, c.Rules)
			}
			if settings {
				return dialplan.WriteSettings(a.out, dialplan.Settings{Version: version(), ARIUser: c.Asterisk.Username})
			}
			if file == "" {
				return dialplan.Write(a.out, daemon.DialplanParams(c, version()))
			}
			if err := dialplan.WriteFile(file, daemon.DialplanParams(c, version())); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "%s is written; now run: asterisk -rx 'dialplan reload'\n", file)
			return err
		},
	}
	give(cmd, &file, "write", "", fileForm, "write it to this file instead of printing it", nil)
	give(cmd, (*string)(&card.Language), "card", "", oneOf(dialplan.CardLanguages), "print the agents' card instead: all keys and codes, in ru or ky", nil)
	give(cmd, &card.Queue, "queue", "", nameForm, "queue whose limits and statuses the card shows (default the first)", nil)
	cmd.Flags().BoolVar(&settings, "settings", false, "print examples for http.conf, ari.conf and pjsip.conf instead")
	return cmd
}

// writeCard writes the card of a queue, the first one if none is named.
func writeCard(w io.Writer, card dialplan.Card, rules *queue.Rules) error {
	card.Rules = rules
	if names := slices.Sorted(maps.Keys(rules.Queues)); card.Queue == "" && len(names) > 0 {
		card.Queue = names[0]
	}
	if err := dialplan.WriteCard(w, card); err != nil {
		return usageError{err}
	}
	return nil
}
