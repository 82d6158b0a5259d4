package e2e

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
	"kezek/queue"
)

const didCDR = "+996312900951"

var cdrConfig = "queues:" + deskQueue("billed", didCDR, "\n    recording: {on: true, notice: false}\n    callback: {instant: 50ms}") + `
agents:
  "1011": {queues: [billed], speech: ru}
transfer: {extensions: ["^1006$"], ring: 5s}
`

// cdrColumns are those that the documentation shows.
const cdrColumns = "src dst channel dstchannel disposition accountcode userfield recordingfile"

// TestCDR: Asterisk's own records tell what became of the calls, as the documentation says.
func TestCDR(t *testing.T) {
	t.Parallel()
	s := prepare(t, cdrConfig)
	file := s.keepCDR(t)
	s.mustStart(t)
	a := s.agent(t, "1011")
	caller := func() *caller { return s.call(t, didCDR) }

	c := caller()
	a.answers(c)
	c.hangUp(queue.OutcomeCompletedByCaller)
	a.free()

	c = caller()
	leg := a.answers(c)
	must(t, leg.Keys(within(t, patience), "*1"))
	c.told(queue.EntryHoldStarted)
	hears(t, s, c.Call, "ru/hold", time.Time{})
	must(t, leg.Keys(within(t, patience), "*1"))
	c.told(queue.EntryHoldEnded)
	hears(t, s, c.Call, "ru/return", time.Time{})
	must(t, leg.Hangup(within(t, patience)))
	c.ended()

	far := s.phone(t, "1006")
	c = caller()
	leg = a.answers(c)
	must(t, leg.Keys(within(t, patience), "*31006#"))
	ring := far.rings()
	must(t, ring.Answer(within(t, patience)))
	talk(t, ring, c, time.Now())
	c.hangUp(queue.OutcomeTransferred)

	a.free()
	a.code("*31")
	c = caller()
	c.told(queue.EntryCallEntered)
	c.hangUp(queue.OutcomeAbandoned)
	c = caller()
	c.asksCallback()
	c.ended()
	c.outcome(queue.OutcomeCallback)
	s.carrier.Behave(phone.AnswerAfter(time.Second))
	a.code("*12")
	ring = a.rings()
	must(t, ring.Answer(within(t, patience)))
	client, err := s.carrier.Expect(within(t, patience))
	must(t, err)
	converse(t, ring, client, time.Time{})
	must(t, client.Hangup(within(t, patience)))
	a.free()

	doc, err := os.ReadFile("../../docs/asterisk.md")
	must(t, err)
	_, block, _ := strings.Cut(string(doc), "<!-- cdr -->\n```csv\n"+strings.ReplaceAll(cdrColumns, " ", ",")+"\n")
	want, _, _ := strings.Cut(block, "```")
	eventually(t, "Asterisk has written its records", func() error {
		b, err := os.ReadFile(file)
		must(t, err)
		if got := cdrExample(t, string(b)); got != want {
			return fmt.Errorf("they are\n%swant, as in docs/asterisk.md,\n%s", got, want)
		}
		return nil
	})
}

// cdrExample has the records of calls to and from outside, each number, channel and id by the order in which it came.
func cdrExample(t *testing.T, file string) string {
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	must(t, err)
	rows = slices.DeleteFunc(rows, func(row []string) bool {
		return strings.HasPrefix(row[2], "PJSIP/1011-") && row[4] == "ANSWERED" && len(row[1]) == 2
	}) // codes
	b := strings.Builder{}
	for _, row := range rows {
		b.WriteString(strings.Join(row, ",") + "\n")
	}
	text := b.String()
	for _, name := range [...]struct{ is, as string }{
		{`\+996700000\d{3}`, "+99670000000%d"}, {`-[0-9a-f]{8},`, "-%08x,"}, {`cb-[a-z0-9]+(-c\d+-r\d+)?`, "cb-%d"}, {`kezek/[\d-]+/billed/[\w.-]+`, "kezek/2026-11-30/billed/pbx-%d"},
	} {
		seen := map[string]string{}
		text = regexp.MustCompile(name.is).ReplaceAllStringFunc(text, func(is string) string {
			if seen[is] == "" {
				seen[is] = fmt.Sprintf(name.as, len(seen)+1)
			}
			return seen[is]
		})
	}
	return text
}

// keepCDR lets Asterisk write records of calls, into a file.
func (s *site) keepCDR(t *testing.T) (file string) {
	dir := filepath.Join(s.Dir, "asterisk", "log", "cdr-custom")
	must(t, os.MkdirAll(dir, 0o777))
	must(t, os.Chmod(dir, 0o777)) // whoever Asterisk runs as
	var fields []string
	for _, name := range strings.Fields(cdrColumns) {
		fields = append(fields, fmt.Sprintf("${CSV_QUOTE(${CDR(%s)})}", name))
	}
	must(t, os.WriteFile(filepath.Join(s.Dir, "asterisk", "etc", "cdr_custom.conf"), []byte("[mappings]\nkezek.csv => "+strings.Join(fields, ",")+"\n"), 0o644))
	s.edit(t, "cdr.conf", "module reload cdr", "enable = no", "enable = yes")
	s.cli(t, "module load cdr_custom.so")
	return filepath.Join(dir, "kezek.csv")
}
