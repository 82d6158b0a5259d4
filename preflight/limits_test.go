package preflight

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"kezek/lab/phone"
)

// What bounds Asterisk's calls below what the agents can take is an error.
func TestLimitsOfAsterisk(t *testing.T) {
	needRoot(t)
	t.Parallel()
	e := newExchange(t)
	s := e.site()
	s.ARI.Endpoints, s.ARI.Trunk = nil, ""
	e.expect(s, AreaAsterisk)
	const rtp = "module reload res_rtp_asterisk.so"
	e.change("rtp.conf", "rtpend = 19999", "rtpend = 10009", rtp)
	e.expect(s, AreaAsterisk, "error Asterisk has ports for 5 streams of sound (rtp.conf), and there are 20 agents")
	e.change("rtp.conf", "rtpend = 10009", "rtpend = 10099", rtp)
	e.expect(s, AreaAsterisk)
	e.change("rtp.conf", "rtpend = 10099", "rtpend = 19999", rtp)

	for _, module := range []string{"res_pjsip_registrar", "res_pjsip_authenticator_digest", "res_pjsip_endpoint_identifier_user"} {
		e.cli("module unload " + module + ".so")
		e.expect(s, AreaAsterisk, "error module "+module+" is not running")
		e.cli("module load " + module + ".so")
	}

	e.change("asterisk.conf", "[options]", "[options]\nmaxcalls = 19\nmaxload = 99999", "")
	must(t, os.WriteFile(filepath.Join(e.Dir, "asterisk", "etc", "stasis.conf"), []byte("[declined_message_types]\ndecline = ast_channel_varset_type\ndecline=ast_channel_hold_type ; why\n"), 0o600))
	e.change("asterisk.conf", "maxfiles = ", "maxfiles = 390 ;", "")
	e.change("pjsip.conf", "[udp]", "[away]", "")
	e.change("pjsip.conf", "type = transport", "type = nothing", "")
	e.change("pjsip.conf", "type = system\naccept_multiple_sdp_answers = yes", "type = system", "")
	e.change("modules.conf", "autoload = yes", "autoload = yes\nnoload = res_timing_timerfd\nnoload = res_timing_pthread", "")
	must(t, e.RestartAsterisk(t.Context()))
	e.expect(s, AreaAsterisk, "error Asterisk accepts 19 callers at once (maxcalls), and there are 20 agents: it refuses the others",
		"warning Asterisk refuses callers when the load of its machine is above 99999 (maxload)", "error Asterisk has no SIP transport", "warning Asterisk keeps to what was said of the sound before an answer", "error Asterisk has no timer",
		"error Asterisk may open 390 files and sockets, and calls of 20 agents need about 400", "error stasis.conf declines ast_channel_hold_type, which the daemon needs")
	must(t, os.WriteFile(filepath.Join(e.Dir, "asterisk", "etc", "stasis.conf"), nil, 0o600))
	e.change("asterisk.conf", "maxfiles = 390", "maxfiles = 400", "")
	e.change("asterisk.conf", "maxcalls = 19\nmaxload = 99999", "maxcalls = 20\nmaxload = 0.000001", "")
	must(t, e.RestartAsterisk(t.Context()))
	e.expect(s, AreaAsterisk, "error Asterisk refuses callers when the load of its machine is above 1e-06 (maxload): it is ", "error Asterisk has no SIP transport", "warning Asterisk keeps to what was said of the sound before an answer", "error Asterisk has no timer")
}

// A registration that the carrier does not accept brings no calls.
func TestRegistrations(t *testing.T) {
	needRoot(t)
	t.Parallel()
	e := newExchange(t)
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: e.SIPAddr, Listen: e.CarrierAddr})
	must(t, err) // which knows no REGISTER
	t.Cleanup(carrier.Close)
	s := e.site()
	s.ARI.Endpoints, s.ARI.Trunk = nil, ""
	e.expect(s, AreaAsterisk)
	e.add("pjsip.conf", "[there]\ntype = registration\nserver_uri = sip:"+e.CarrierAddr+"\nclient_uri = sip:kezek@"+e.CarrierHost+
		"\nline = yes\nendpoint = carrier\nmax_random_initial_delay = 1", "module reload")
	find := func(want string) {
		t.Helper()
		var all string
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			found := s.Run(e.Context(), []string{AreaAsterisk})
			for _, f := range found {
				if string(f.Severity)+" "+f.Problem == want {
					return
				}
			}
			all = findings(found)
		}
		t.Errorf("did not find %q in\n%s", want, all)
	}
	find("warning sip:" + e.CarrierAddr + " rejects the registration there: it sends no calls")
	s.ARI.Trunk = "PJSIP/{number}@carrier"
	find("error the carrier sip:" + e.CarrierAddr + " rejects the registration there of the trunk: it sends no calls")
}
