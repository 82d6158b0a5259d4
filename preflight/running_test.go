package preflight

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kezek/ari"
	"kezek/dialplan"
)

// writePlan writes the dialplan of a site where Asterisk includes it.
func (e exchange) writePlan(s *Site) {
	e.T.Helper()
	must(e.T, dialplan.WriteFile(filepath.Join(s.AsteriskDir, dialplan.FileName), s.Dialplan))
}

// expect runs one area: all of want are found, each with its severity, and no other error or warning.
func (e exchange) expect(s *Site, area string, want ...string) {
	e.T.Helper()
	found := s.Run(e.Context(), []string{area})
	all := findings(found)
	for _, w := range want {
		if !strings.Contains(all, w) {
			e.Errorf("did not find %q in\n%s", w, all)
		}
	}
	for _, f := range found {
		line := string(f.Severity) + " " + f.Problem
		known := false
		for _, w := range want {
			known = known || strings.Contains(line, w)
		}
		if !known && f.Severity != Info {
			e.Errorf("also found: %s", line)
		}
		if (f.Fix == "") != (f.Severity == Info) {
			e.Errorf("fix %q for %s", f.Fix, line)
		}
	}
}

// The dialplan that Asterisk has loaded must be the config's, and all ways lead there.
func TestRunningDialplan(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	const reload = "dialplan reload"
	notLoaded := "error Asterisk has not loaded the dialplan of this config"
	s := e.site()
	e.writePlan(s)
	e.expect(s, AreaDialplan, notLoaded)
	e.cli(reload)
	e.expect(s, AreaDialplan, "info Asterisk has loaded the dialplan of this config")

	// A number that is on file, but not loaded yet.
	more := e.site()
	more.Config.Rules.Queues["sales"].DID = append(more.Config.Rules.Queues["sales"].DID, "+996312900855")
	e.expect(more, AreaDialplan, "error "+more.file()+" does not match the config")
	e.writePlan(more)
	e.expect(more, AreaDialplan, notLoaded)
	e.cli(reload)
	e.expect(more, AreaDialplan)
	e.writePlan(s)
	e.cli(reload)

	// Asterisk's files are elsewhere: what is loaded counts.
	away := e.site()
	away.AsteriskDir = t.TempDir()
	e.expect(away, AreaDialplan, "info Asterisk has loaded")
	away.Config.Rules.Queues["sales"].DID = []string{"+996312900855"}
	e.expect(away, AreaDialplan, notLoaded)

	// Fallbacks.
	lost := e.site()
	lost.Config.Dialplan.Fallback, lost.Dialplan.Fallback = "voicemail,s,1", "voicemail,s,1"
	lost.Config.Rules.Queues["sales"].Fallback = "voicemail,s,1"
	lost.Config.Rules.Queues["short"].Fallback = "office,200,call"
	e.writePlan(lost)
	e.cli(reload)
	e.expect(lost, AreaDialplan, "error queues.short.fallback: there is no office,200,call in the dialplan",
		"error dialplan.fallback, queues.sales.fallback: there is no voicemail,s,1 in the dialplan")
	e.add("extensions.conf", "[voicemail]\nexten => s,1,Answer()\n[office]\nexten => 200,1(call),Answer()", reload)
	e.expect(lost, AreaDialplan)
	e.writePlan(s)
	e.cli(reload)

	// Phones in a context that does not lead to the codes.
	e.change("pjsip.conf", "context = kezek-agents", "context = office", "module reload res_pjsip.so")
	e.expect(s, AreaDialplan, "error context office of PJSIP/1001 PJSIP/1002 PJSIP/1003 PJSIP/1004 PJSIP/1005 and 15 others does not include kezek-agents: nobody can log in there")
	e.change("extensions.conf", "[office]", "[office]\ninclude => kezek-agents", reload)
	e.expect(s, AreaDialplan)

	// The trunk's context does not lead to the numbers, or to more than it should.
	e.change("extensions.conf", "include => kezek-inbound", "include => kezek-agents", reload)
	e.expect(s, AreaDialplan, "error no endpoint leads to +996312900898 of queue short: its callers do not reach Kezek",
		"warning +996312900800 of queue sales goes to an extension of your own dialplan", // by which the lab's phones call it
		"warning callers of the trunk reach the agents' codes: its context from-carrier includes kezek-agents")
	e.change("extensions.conf", "include => kezek-agents", "exten => _X.,1,Goto(kezek-inbound,${EXTEN},1)\nexten => _+X.,1,Goto(kezek-inbound,${EXTEN},1)", reload)
	s.Config.Rules.Queues["short"].Welcome = false
	e.expect(s, AreaDialplan, "warning +996312900800 of queue sales goes to an extension of your own dialplan",
		"info +996312900898 of queue short goes through your own dialplan first")
}

// A check leaves nothing on Asterisk, and a daemon that is attached hears nothing of it.
func TestProbeDisturbsNobody(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	s := e.site()
	heard := e.attach()
	e.writePlan(s)
	e.cli("dialplan reload")
	e.expect(s, AreaDialplan)
	c := ari.NewClient(s.ARI)
	defer c.Close()
	for _, of := range []string{"channels", "bridges"} {
		var left []any
		must(t, c.Ask(t.Context(), &left, of))
		if len(left) > 0 {
			t.Errorf("%s are left: %v", of, left)
		}
	}
	var apps []struct{ Name string }
	for end := time.Now().Add(5 * time.Second); len(apps) != 1; time.Sleep(time.Millisecond) { // an app ends after its socket
		must(t, c.Ask(t.Context(), &apps, "applications"))
		if time.Now().After(end) {
			t.Fatalf("apps are left: %v", apps)
		}
	}
	if n := len(heard); n != 1 {
		t.Errorf("the daemon heard %d events, want its own Synced", n)
	}
}

func TestEndpointSettings(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	e.phones("1001")
	e.change("pjsip.conf", "context = from-carrier", "context = from-carrier\nallow_transfer = no\nrtp_timeout = 60", "")
	e.change("pjsip.conf", "dtmf_mode = rfc4733", "dtmf_mode = rfc4733\nrtp_timeout = 30", "module reload res_pjsip.so")
	s := e.site()
	s.ARI.Endpoints = []string{"PJSIP/1001"}
	e.expect(s, AreaAsterisk)
	etc := filepath.Join(e.Dir, "asterisk", "etc", "pjsip.conf")
	good, err := os.ReadFile(etc)
	must(t, err)
	e.change("pjsip.conf", "direct_media = no", "media_encryption = sdes", "module reload res_pjsip.so")
	e.cli("module unload res_srtp.so")
	e.expect(s, AreaAsterisk, "error PJSIP/1001 needs encrypted sound (media_encryption = sdes), and the module res_srtp is not running", "error PJSIP/carrier needs encrypted sound")
	e.cli("module load res_srtp.so")
	must(t, os.WriteFile(etc, good, 0o600))
	e.cli("module reload res_pjsip.so")
	for _, c := range []struct{ old, new, want string }{
		{"allow = alaw,ulaw", "allow = g729", "error PJSIP/1001 allows only g729, which this Asterisk cannot convert: no phrase and no music is heard\n" +
			"error PJSIP/carrier allows only g729"},
		{"allow = alaw,ulaw", "allow = g729,alaw", "warning PJSIP/1001 allows g729, which\nwarning PJSIP/carrier allows g729, which"},
		{"allow = alaw,ulaw", "", "error PJSIP/1001 has no codec: no call is established\nerror PJSIP/carrier has no codec"},
		{"dtmf_mode = rfc4733", "dtmf_mode = none", "error PJSIP/1001 sends no keys (dtmf_mode = none)\nerror PJSIP/carrier sends no keys"},
		{"rtp_timeout = 30", "", "warning PJSIP/1001 has no rtp_timeout"},
		{"device_state_busy_at = 1\naccept_multiple_sdp_answers = yes", "", "warning PJSIP/1001 keeps to what was said of the sound before the answer (accept_multiple_sdp_answers = no)\nwarning PJSIP/carrier keeps to what"},
		{"direct_media = no", "suppress_moh_on_sendonly = yes", "error PJSIP/1001 does not report its hold key"},
		{"direct_media = no", "allow_subscribe = no", "warning PJSIP/1001 has no lamps"},
		{"allow_transfer = no", "", "warning PJSIP/carrier may be transferred by the far end"},
		{"rtp_timeout = 30", "rtp_timeout = 3", "warning PJSIP/1001 has a short rtp_timeout"},
		{"dtmf_mode = rfc4733", "dtmf_mode = rfc4733\nallow_transfer = no", "warning PJSIP/1001 may not transfer (allow_transfer = no): its transfer key does nothing"},
		{"send_pai = yes", "", "warning PJSIP/1001 is not told who is at the other end when that changes in a call (send_pai = no)"},
		{"send_pai = yes", "send_pai = yes\nsend_connected_line = no", "warning PJSIP/1001 is not told who is at the other end"},
		{"send_pai = yes", "send_rpid = yes", ""},
		{"direct_media = no", "media_encryption = sdes", ""}, // the module runs
		{"direct_media = no", "media_encryption = dtls", "error PJSIP/1001 has media_encryption = dtls without a certificate\nerror PJSIP/carrier has media_encryption = dtls"},
		{"direct_media = no", "media_encryption = dtls\ndtls_auto_generate_cert = yes", ""},
		{"remove_existing = yes", "", "warning PJSIP/1001 cannot come back (remove_existing = no)"},
		{"qualify_frequency = 2", "", "warning PJSIP/1001 is not checked"},
	} {
		e.change("pjsip.conf", c.old, c.new, "module reload res_pjsip.so")
		e.expect(s, AreaAsterisk, strings.Split(c.want, "\n")...)
		must(t, os.WriteFile(etc, good, 0o600))
		e.cli("module reload res_pjsip.so")
	}
}

// What an endpoint names must be there, and so must the endpoint, also when Asterisk's own list of
// endpoints goes on naming one that was taken out.
func TestWhatEndpointsName(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	etc := filepath.Join(e.Dir, "asterisk", "etc", "pjsip.conf")
	good, err := os.ReadFile(etc)
	must(t, err)
	s := e.site()
	s.ARI.Endpoints = []string{"PJSIP/1001"}
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"transport = udp", "transport = tls", "error PJSIP/1001 names the transport tls, which does not exist: no call reaches it\nerror PJSIP/carrier names the transport tls"},
		{"aors = 1001", "aors = 1001x", "error PJSIP/1001 names the aor 1001x, which does not exist"},
		{"aors = 1001", "", "error PJSIP/1001 has no aors"},
		{"auth = 1001", "auth = 1001x", "error PJSIP/1001 names the auth 1001x, which does not exist"},
		{"max_contacts = 1", "", "error PJSIP/1001 accepts no registration (max_contacts = 0, which is the default)"},
		{"[1001](phone)", "[1001x](phone)", "error endpoint PJSIP/1001 does not exist"},
		{"[carrier](phone)", "[carrierx](phone)", "error endpoint PJSIP/carrier of trunk.dial does not exist"},
	} {
		e.change("pjsip.conf", c.old, c.new, "module reload res_pjsip.so")
		lines := findings(s.Run(t.Context(), []string{AreaAsterisk}))
		for line := range strings.Lines(lines) {
			known := slices.ContainsFunc(strings.Split(c.want, "\n"), func(w string) bool { return w != "" && strings.Contains(line, w) })
			if strings.HasPrefix(strings.TrimSpace(line), "error") && !known {
				t.Errorf("%s: also found %s", c.new, line)
			}
		}
		for want := range strings.SplitSeq(c.want, "\n") {
			if !strings.Contains(lines, want) {
				t.Errorf("%s: did not find %q in\n%s", c.new, want, lines)
			}
		}
		must(t, os.WriteFile(etc, good, 0o600))
		e.cli("module reload res_pjsip.so")
	}
}
