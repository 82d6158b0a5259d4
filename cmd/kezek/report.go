package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kezek/config"
	"kezek/history"
	"kezek/ops"
	"kezek/queue"
)

var spanForm = form{want: "a day such as 2026-03-05, a month such as 2026-03, or a time such as 2026-03-05T14:30", fits: func(v string) bool {
	_, err := history.ParseTime("", v, time.UTC)
	return err == nil
}}

// columnsForm are ids of columns; the daemon knows which there are.
var columnsForm = form{want: "ids of columns such as started,number,wait", fits: regexp.MustCompile(`^[a-z_]+(,[a-z_]+)*$`).MatchString}

// callForm is the id of a call.
var callForm = form{want: "the id of a call, as kezek report calls shows it", fits: callbackForm.fits}

// reportForms are the parameters of reports that are flags, with what fits and what they are.
var reportForms = []struct {
	name string
	form form
	help string
}{
	{"from", spanForm, "begin: a day such as 2026-03-05, a month such as 2026-03, or a time such as 2026-03-05T14:30; default is today"},
	{"to", spanForm, "end, which is not part of it; default is the end of the day or month of --from"},
	{"every", oneOf(history.Intervals), "how long a row counts"},
	{"queue", nameForm, "one queue"},
	{"language", languageForm, "one language"},
	{"agent", nameForm, "one agent, by id"},
	{"number", numberForm, "one number"},
	{"outcome", someForm, "one outcome"},
	{"class", oneOf(queue.CallbackClasses), "one class of callbacks"},
	{"formula", oneOf(history.Formulas), "of the service level"},
	{"columns", columnsForm, "columns in the order wanted, with commas between; default is all"},
	{"words", oneOf([]string{"en", "ru", "ky"}), "language of the heads of excel and xlsx"},
}

// fileFormats are those that are for a file, not for people's eyes.
var fileFormats = []history.Format{history.CSV, history.Excel, history.XLSX}

func (a *app) reportCommand() *cobra.Command {
	var where clientFlags
	var asJSON bool
	var to, out string
	var limit int
	values := make([]string, len(reportForms))
	cmd := &cobra.Command{
		Use: "report [NAME | call ID]", Short: "Show a report about what happened, or tell one call from start to end",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0 && args[0] == "call":
				return arguments(argument{"call", oneOf([]string{"call"})}, argument{"ID", callForm})(cmd, args)
			case len(args) > 1:
				return usageError{fmt.Errorf("want one report at most, %s; see --help", instead(args))}
			}
			return nil
		},
		Long: "Show a report about what happened, from the history; without a name, the reports that there are.\n" +
			"kezek report call ID tells one call, found in kezek report calls, with its callback and recordings.\n" +
			"Each report knows some of the flags; docs/reports.md describes them, and each column. --for writes a table for other programs:\n" +
			"csv (ids as heads, seconds), excel (CSV that Excel opens with a double click, heads in words), xlsx. The latter two need --out.",
		RunE: func(cmd *cobra.Command, args []string) error {
			ask := url.Values{}
			for i, f := range reportForms {
				if values[i] != "" {
					ask.Set(f.name, values[i])
				}
			}
			switch {
			case asJSON && to != "":
				return usageError{errors.New("--json and --for: want one of them")}
			case out == "" && to != "" && to != string(history.CSV):
				return usageError{fmt.Errorf("--for %s: want --out FILE too", to)}
			case out != "" && to == "":
				return usageError{errors.New("--out: want --for too")}
			}
			c, err := a.client(cmd.Context(), where, config.Supervisor)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.listReports(cmd.Context(), c, asJSON)
			}
			if to != "" {
				ask.Set("format", to)
			}
			path := "/api/v1/history/" + url.PathEscape(args[0])
			if args[0] == "call" {
				path = "/api/v1/history/calls/" + url.PathEscape(args[1])
				if !ask.Has("words") && to == "" && !asJSON {
					ask.Set("words", "en") // as all that is printed here
				}
				for _, name := range []string{"from", "to", "every", "queue", "language", "agent", "number", "outcome", "class", "formula", "columns"} {
					if ask.Has(name) {
						return usageError{fmt.Errorf("--%s: one call needs its id alone", name)}
					}
				}
			} else if to == "" || cmd.Flags().Changed("limit") { // a file has all rows
				ask.Set("limit", strconv.Itoa(limit))
			}
			body, err := c.get(cmd.Context(), path+"?"+ask.Encode())
			if err != nil {
				return err
			}
			switch {
			case out != "":
				return os.WriteFile(out, body, 0o640)
			case to != "":
				_, err := a.out.Write(body)
				return err
			case asJSON:
				return indented(a.out, body)
			}
			return printReport(a.out, body)
		},
	}
	where.add(cmd)
	for i, f := range reportForms {
		give(cmd, &values[i], f.name, "", f.form, f.help, nil)
	}
	give(cmd, &to, "for", "", oneOf(fileFormats), "write it for another program", nil)
	give(cmd, &out, "out", "", fileForm, "file to write to", nil)
	cmd.Flags().Var(countFlag(&limit, 10000, 1, history.MostRows), "limit", "most rows of a list; a file has all")
	completeFlag(cmd, "limit", cobra.NoFileCompletions)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the API's answer")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.Sorted(maps.Keys(history.Every())), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

func (a *app) listReports(ctx context.Context, c *client, asJSON bool) error {
	body, err := c.get(ctx, "/api/v1/history")
	if err != nil {
		return err
	}
	if asJSON {
		return indented(a.out, body)
	}
	reports, err := items[ops.ReportInfo](body)
	if err != nil {
		return err
	}
	if len(reports) == 0 {
		return errors.New("no history is kept: history.url is empty")
	}
	var rows [][]string
	for _, r := range reports {
		rows = append(rows, []string{r.ID, r.Title["en"], strings.Join(r.Parameters, " ")})
	}
	return table(a.out, []string{"REPORT", "TITLE", "PARAMETERS"}, rows)
}

// printReport writes the table of a report for people. A column in which nothing stands is left out.
func printReport(w io.Writer, body []byte) error {
	var t struct {
		Columns []ops.ReportColumn `json:"columns"`
		Items   []map[string]any   `json:"items"`
		Sums    []map[string]any   `json:"sums"`
		Next    string             `json:"next"`
	}
	if err := json.Unmarshal(body, &t); err != nil || t.Columns == nil {
		return fmt.Errorf("what answers is not a report: %w", cmp.Or(err, errors.New("it has no columns")))
	}
	var heading []string
	all := slices.Concat(t.Items, t.Sums)
	rows := make([][]string, len(all))
	for n, c := range t.Columns {
		cells, filled := make([]string, len(all)), len(all) == 0
		for i, item := range all {
			cells[i] = cell(c.Unit, item[c.ID])
			filled = filled || cells[i] != "" && cells[i] != "0:00"
			if n == 0 && i >= len(t.Items) {
				cells[i] = strings.TrimSpace("TOTAL " + cells[i])
			}
		}
		if !filled {
			continue
		}
		heading = append(heading, strings.ToUpper(strings.ReplaceAll(c.ID, "_", " ")))
		for i := range rows {
			rows[i] = append(rows[i], cells[i])
		}
	}
	if err := table(w, heading, rows); err != nil {
		return err
	}
	if t.Next != "" {
		_, err := fmt.Fprintf(w, "and more: ask for less time, or with filters\n")
		return err
	}
	return nil
}

// cell is a value of a report.
func cell(unit string, v any) string {
	switch v := v.(type) {
	case string:
		if at, err := time.Parse(time.RFC3339, v); unit == "time" && err == nil {
			return at.Format(time.DateTime)
		}
		return v
	case float64:
		switch unit {
		case "duration":
			return lasting(time.Duration(v * float64(time.Second)))
		case "hours":
			return queue.HoursMinutes(time.Duration(v * float64(time.Second)))
		case "percent":
			return strconv.FormatFloat(v, 'f', 1, 64) + "%"
		}
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	return ""
}
