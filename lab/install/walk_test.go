package install

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kezek/lab/phone"
)

// The site of the walk: another company than the example's.
const (
	company = "Ала-Тоо"
	did     = "+996312900800"
	pin     = "4821"
)

func TestLongInstall(t *testing.T) {
	if os.Getenv("KEZEK_LONG") != "1" {
		t.Skip("takes minutes: KEZEK_LONG=1")
	}
	for _, program := range []string{"systemd-nspawn", "debootstrap", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil || os.Geteuid() != 0 {
			t.Fatalf("needs root and %s: apt-get install systemd-container debootstrap", program)
		}
	}
	root := cleanRoot(t)
	carry(t, root)
	m := boot(t, root)
	m.run("apt-get update\n", "")

	guide := blocks(t, "install.md")
	w := &walk{machine: m}
	for _, b := range under(guide, "1.", "2.", "3.", "4.", "5.") {
		w.do(b)
	}
	w.ready()
	w.socket()
	w.closed()
	w.call("*31") // coffee: somebody is there who could make a callback
	w.recorded()
	w.backup()

	// Once more: the guide may be repeated, and keeps what is there.
	before := w.kept()
	w.again = true
	for _, b := range under(guide, "1.", "2.", "3.", "4.", "5.") {
		w.do(b)
	}
	if after := w.kept(); after != before {
		t.Errorf("repeated, the guide changed\n%s\ninto\n%s", before, after)
	}

	for _, b := range under(guide, "Upgrade") {
		w.do(b)
	}
	w.ready()
	if after := w.kept(); after != before {
		t.Errorf("the upgrade changed\n%s\ninto\n%s", before, after)
	}
	w.call("*11")

	for _, b := range under(guide, "Remove") {
		w.do(b)
	}
	w.nothingLeft()
}

// carry puts what step 2 of the guide copies to the machine into its folder /root/kezek.
func carry(t *testing.T, root string) {
	t.Helper()
	home := filepath.Join(root, "root/kezek")
	for _, dir := range []string{"bin", "systemd", "config", "docs"} {
		must(t, os.MkdirAll(filepath.Join(home, dir), 0o755))
	}
	build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(home, "bin/kezek"), "./cmd/kezek")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	slow(t, "building the daemon", build)
	for _, pattern := range []string{"systemd/*", "config/kezek.example.yaml", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join("../..", pattern))
		must(t, err)
		for _, f := range files {
			must(t, copyFile(f, filepath.Join(home, filepath.Dir(pattern), filepath.Base(f)), 0o644))
		}
	}
}

var hours = regexp.MustCompile(`(?m)^    hours: .*`)

// walk does what the guide says, and what it leaves to the admin.
type walk struct {
	*machine
	again bool // what the admin does by hand is done
}

// do runs the commands of a block. Before some of them the admin has something to do, which the text around them tells.
func (w *walk) do(b block) {
	w.t.Helper()
	w.t.Logf("--- %s", b.heading)
	switch {
	case strings.HasPrefix(b.text, "apt install redis-server"):
		w.run(b.text, "")
		// The worst case for the next block: a Redis that is in use, with its data in a dump.
		w.run("redis-cli SET before-kezek here && redis-cli SAVE", "")
		return
	case strings.HasPrefix(b.text, "redis-cli CONFIG SET appendonly yes"):
		if out := w.run(b.text, ""); !strings.HasSuffix(strings.TrimSpace(out), "OK") {
			w.t.Errorf("the last command does not print OK")
		}
		w.run("systemctl restart redis-server", "")
		if out := w.eventually("redis-cli GET before-kezek | grep here"); out != "here\n" {
			w.t.Errorf("after a restart Redis has %q", out)
		}
		return
	case strings.Contains(b.text, "kezek check --only config,redis") && !w.again:
		w.change("etc/kezek/kezek.yaml", func(s string) string {
			s = strings.Replace(s, "company: Skynet", "company: "+company, 1)
			s = strings.Replace(s, "    recording:\n      #on: false\n", "    recording:\n      on: true\n", 1)
			return hours.ReplaceAllString(s, `    hours: "Mo-Su 00:00-24:00"`) // whenever the walk is
		})
	case strings.HasPrefix(b.text, "kezek prompts install\nkezek dialplan") && !w.again:
		w.asterisksSide()
	case strings.HasPrefix(b.text, "rm -f /etc/asterisk"):
		w.asterisksSideBack()
	case strings.Contains(b.text, "kezek uninstall --state"):
		w.run(b.text, "bishkek\n")
		return
	}
	if commands, last, ok := strings.Cut(b.text, "kezek status\n"); ok && last == "" {
		w.run(commands, "") // the daemon needs a moment
		w.eventually("kezek status")
		return
	}
	w.run(b.text, "")
}

// asterisksSide goes through docs/asterisk.md: each of its blocks is written where it says.
func (w *walk) asterisksSide() {
	w.t.Helper()
	page := blocks(w.t, "asterisk.md")
	for _, b := range under(page, ariChapter) {
		switch file := b.file(); {
		case file == "http.conf": // keys for the section [general], which the file has
			w.change("etc/asterisk/http.conf", func(s string) string { return strings.Replace(s, "[general]\n", "[general]\n"+b.text, 1) })
		case file == "ari.conf": // the user was made by the guide's command
			general, _, _ := strings.Cut(b.text, "[kezek]")
			w.change("etc/asterisk/ari.conf", func(s string) string { return strings.Replace(s, "[general]\n", general, 1) })
		}
	}
	base, err := os.ReadFile("testdata/pjsip.conf")
	must(w.t, err)
	pjsip := string(base) + under(page, sipChapter)[0].text
	endpoint := func(b block, more string) string {
		return strings.Replace(b.text, "type = endpoint\n", "type = endpoint\ndisallow = all\nallow = alaw\n"+more, 1) + "\n"
	}
	for _, b := range under(page, phonesChapter) {
		if b.lang == "ini" {
			pjsip += endpoint(b, "auth = auth1012\naors = 1012\n")
		}
	}
	pjsip += endpoint(under(page, trunkChapter)[0], "aors = carrier\n")
	w.change("etc/asterisk/pjsip.conf", func(string) string { return pjsip })
	for _, b := range under(page, dialplanChapter) {
		if b.lang == "ini" && strings.Contains(b.text, "#include") {
			w.change("etc/asterisk/extensions.conf", func(s string) string { return s + "\n" + b.text })
		}
	}
}

// asterisksSideBack takes out what the chapter on removing names.
func (w *walk) asterisksSideBack() {
	w.change("etc/asterisk/extensions.conf", func(s string) string {
		s = strings.Replace(s, `#include "kezek-extensions.conf"`, "", 1)
		return strings.ReplaceAll(strings.ReplaceAll(s, "include => kezek-inbound", ""), "include => kezek-agents", "")
	})
	w.change("etc/asterisk/ari.conf", func(s string) string { before, _, _ := strings.Cut(s, "\n[kezek]"); return before + "\n" })
}

// ready looks whether the daemon is in charge, and whether the check is content.
func (w *walk) ready() {
	w.t.Helper()
	if out := w.eventually("kezek status"); !strings.Contains(out, "ready") {
		w.t.Errorf("status: %s", out)
	}
	if out := w.run("kezek check", ""); !strings.Contains(out, "0 errors") {
		w.t.Error("the check is not content")
	}
}

// socket looks whether the commands reach the running daemon though the file on disk is faulty, for root and for the
// daemon's group alone, and whether the daemon knows who gives an order.
func (w *walk) socket() {
	w.t.Helper()
	out := w.run(`stat -c '%a %U:%G' /run/kezek /run/kezek/*.sock
cp -p /etc/kezek/kezek.yaml /root/kezek.yaml
echo 'quues: {}' >> /etc/kezek/kezek.yaml
kezek agents
kezek notice on --for 1d
kezek notice
kezek notice off
if setpriv --reuid nobody --regid nogroup --clear-groups kezek agents; then exit 1; fi
setpriv --reuid nobody --regid kezek --clear-groups kezek notice on --for 1d
kezek notice
kezek notice off
cp -p /root/kezek.yaml /etc/kezek/kezek.yaml
`, "")
	for _, want := range []string{"750 kezek:kezek", "660 kezek:kezek", "root@", "nobody@"} {
		if !strings.Contains(out, want) {
			w.t.Errorf("the socket: no %q in\n%s", want, out)
		}
	}
}

// closed looks whether secrets are for those alone who need them.
func (w *walk) closed() {
	w.t.Helper()
	w.run(`setpriv --reuid kezek --regid kezek --init-groups cat /etc/kezek/kezek.yaml /etc/kezek/ari.password /etc/kezek/tokens.yaml > /dev/null
for secret in /etc/kezek/kezek.yaml /etc/kezek/ari.password /etc/kezek/tokens.yaml /etc/asterisk/ari.conf /var/lib/kezek; do
  if setpriv --reuid nobody --regid nogroup --clear-groups head -c 1 $secret 2>&1 | grep -v 'Permission denied'; then exit 1; fi
done
`, "")
}

// recorded looks whether the call was recorded, by Asterisk's user, and whether the daemon's user can read it.
func (w *walk) recorded() {
	w.t.Helper()
	w.eventually(`cd /var/spool/asterisk/recording
find . -ls
setpriv --reuid kezek --regid kezek --init-groups find kezek -name '*-caller.wav' -size +1k | grep .
setpriv --reuid kezek --regid kezek --init-groups sh -c 'find kezek -name "*.wav" -exec cat {} +' | grep -q RIFF
`)
}

// backup goes through the page on backups: a promise that was lost is there again.
func (w *walk) backup() {
	w.t.Helper()
	const number = "+996700999999"
	page := blocks(w.t, "backup.md")
	w.run("kezek callback add "+number+" --queue sales", "")
	for _, b := range under(page, "Make a backup") {
		w.run(b.text, "")
	}
	w.run("systemctl stop kezek; redis-cli FLUSHALL; systemctl start kezek", "")
	w.eventually("kezek status")
	if out := w.run("kezek callbacks", ""); strings.Contains(out, number) {
		w.t.Errorf("the callback is not lost, so that this shows nothing")
	}
	for _, b := range under(page, "Restore") {
		w.run(b.text, "")
	}
	w.eventually("kezek status")
	if out := w.run("kezek callbacks; redis-cli GET before-kezek", ""); !strings.Contains(out, number) || !strings.HasSuffix(out, "here\n") {
		w.t.Error("the promised callback is gone")
	}
	w.run("systemctl restart redis-server; rm -r /var/lib/redis/before-* /var/backups/kezek", "")
	w.eventually("kezek status")
	if out := w.run("redis-cli GET before-kezek; kezek callbacks", ""); !strings.HasPrefix(out, "here\n") || !strings.Contains(out, number) {
		w.t.Error("the restored data is gone after a restart")
	}
	w.run("kezek callback cancel $(kezek callbacks --json | grep -o '\"id\": \"[^\"]*\"' | head -1 | cut -d'\"' -f4) --reason walk", "")
}

// kept is what a repetition and an upgrade must not change.
func (w *walk) kept() string {
	return w.run(`sha256sum /etc/kezek/* /etc/asterisk/ari.conf; stat -c '%a %U:%G %n' /etc/kezek/* /etc/asterisk/ari.conf /etc/asterisk/kezek-extensions.conf
redis-cli GET before-kezek; sha256sum /usr/share/asterisk/sounds/kezek/ru/welcome.wav
`, "")
}

// call places a call and has it answered, over the machine's own loopback. Afterwards the agent dials a code.
func (w *walk) call(code string) {
	w.t.Helper()
	cmd := w.enter("TestCallThroughTheMachine")
	cmd.Env = append(os.Environ(), "KEZEK_WALK="+code)
	out, err := cmd.CombinedOutput()
	w.t.Logf("--- a call\n%s", indent(string(out)))
	if err != nil || strings.Contains(string(out), "--- SKIP") {
		journal, _ := w.try("journalctl --no-pager -n 60 -u kezek; asterisk -rx 'pjsip show endpoints'; asterisk -rx 'dialplan show from-carrier'", "")
		w.t.Fatalf("%v\n%s", err, journal)
	}
}

// TestCallThroughTheMachine is run in the machine's network: an agent logs in, a caller is welcomed and reaches the agent.
func TestCallThroughTheMachine(t *testing.T) {
	last := os.Getenv("KEZEK_WALK")
	if last == "" {
		t.Skip("part of TestLongInstall")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	agent, err := phone.New(phone.Config{Extension: "1012", Password: "walk-1012"})
	must(t, err)
	defer agent.Close()
	must(t, agent.Register(ctx))
	carrier, err := phone.NewCarrier(phone.CarrierConfig{})
	must(t, err)
	defer carrier.Close()
	dial := func(code string) {
		t.Helper()
		c, err := agent.Call(ctx, code, phone.WithSound(phone.Silence()))
		must(t, err)
		_, err = c.WaitSound(ctx, time.Time{}) // something is said
		must(t, err)
		_, err = c.WaitEnd(ctx)
		must(t, err)
	}

	dial("*10" + pin)
	dial("*12")
	caller, err := carrier.Call(ctx, phone.CallerID{Number: "+996700123456"}, did)
	must(t, err)
	_, err = caller.WaitSound(ctx, time.Time{}) // the welcome
	must(t, err)
	must(t, caller.Keys(ctx, "2")) // Russian
	rings, err := agent.Expect(ctx)
	must(t, err)
	must(t, rings.Answer(ctx))
	_, err = caller.WaitTone(ctx, agent.Tone(), rings.At(phone.AnswerSent))
	must(t, err)
	_, err = rings.WaitTone(ctx, caller.Tone(), rings.At(phone.AnswerSent))
	must(t, err)
	_, err = caller.WaitTone(ctx, agent.Tone(), time.Now().Add(time.Second)) // there shall be something to record
	must(t, err)
	must(t, caller.Hangup(ctx))
	_, err = rings.WaitEnd(ctx)
	must(t, err)
	dial(last)
}

// nothingLeft looks for what the chapter on removing should have taken, and for what it should have left.
func (w *walk) nothingLeft() {
	w.t.Helper()
	if out := w.run(`find / -xdev \( -path /root -o -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/cache -o -path /var/log \) -prune -o -name '*kezek*' -print
redis-cli --scan --pattern '*kezek:*'
ls -d /run/kezek 2>/dev/null || true; getent passwd kezek || true; systemctl list-unit-files 'kezek*' --no-legend || true
`, ""); out != "/var/spool/asterisk/recording/kezek\n" { // callers' recordings stay, as the guide says
		w.t.Errorf("left behind:\n%s", out)
	}
	if out := w.run("redis-cli GET before-kezek; asterisk -rx 'core show version' | grep ^Asterisk; grep -c kezek /etc/asterisk/*.conf | grep -v ':0$' || true", ""); !strings.HasPrefix(out, "here\nAsterisk 2") || strings.Count(out, "\n") > 2 {
		w.t.Errorf("want the other program's data and a running Asterisk that knows nothing of Kezek: %s", out)
	}
}
