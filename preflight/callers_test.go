package preflight

import (
	"context"
	"testing"
	"time"

	"kezek/lab/phone"
)

// An extension of the site's own that is found before one of Kezek's is told, with the number or code.
func TestShadowedExtensions(t *testing.T) {
	t.Parallel()
	e := newExchange(t)
	s := e.site()
	e.writePlan(s)
	e.cli("dialplan reload")
	e.expect(s, AreaDialplan)
	e.change("pjsip.conf", "context = kezek-agents", "context = office", "module reload res_pjsip.so")
	const office = " in context office of PJSIP/1001 PJSIP/1002 PJSIP/1003 PJSIP/1004 PJSIP/1005 and 15 others "
	own := func(lines string, want ...string) {
		t.Helper()
		e.change("extensions.conf", "[from-carrier]", "[office]\n"+lines+"\n\n[from-carrier]", "dialplan reload")
		e.expect(s, AreaDialplan, want...)
		e.change("extensions.conf", "[office]\n"+lines+"\n\n[from-carrier]", "[from-carrier]", "dialplan reload")
	}
	own("include => kezek-agents")
	own("exten => *11,1,Answer()\ninclude => kezek-agents", "error"+office+"*11 go to an extension of your own dialplan: nobody can log in or out there")
	own("exten => _*1X.,1,Answer()\ninclude => kezek-agents", "error"+office+"*1000 go to")
	own("exten => *12,1,Answer()\nexten => _*3X,1,Answer()\ninclude => kezek-agents", "warning"+office+"*12 *31 *32 *37 go to an extension of your own dialplan: nobody reaches Kezek by them")
	own("exten => _*8X,1,Pickup()\ninclude => kezek-agents", "warning"+office+"*81 *82 *83 go to")
	own("include => other\ninclude => kezek-agents\n[other]\nexten => *10,1,Answer()", "error"+office+"*10 go to an extension of your own dialplan")
	own("include => kezek-agents\ninclude => other\n[other]\nexten => *10,1,Answer()") // Kezek's is found first
	own("exten => _.,1,Answer()", "error"+office+"*10 *1000 *11 *12 *13 and 15 others go to")
	own("exten => 100,1,Answer()", "error context office of PJSIP/1001", "does not include kezek-agents: nobody can log in there")

	// In a context of Kezek's own.
	e.change("pjsip.conf", "context = office", "context = kezek-agents", "module reload res_pjsip.so")
	e.change("extensions.conf", "[from-carrier]", "[kezek-inbound]\nexten => +996312900800,1,Hangup()\n\n[from-carrier]", "dialplan reload")
	e.expect(s, AreaDialplan, "error an extension of your own dialplan in kezek-inbound replaces Kezek's for +996312900800 of queue sales: its callers do not reach Kezek")
	e.change("extensions.conf", "[kezek-inbound]\nexten => +996312900800,1,Hangup()\n\n[from-carrier]", "[from-carrier]", "dialplan reload")

	// A catch-all of the trunk's.
	e.change("extensions.conf", "include => kezek-inbound", "exten => _X.,1,Hangup()\ninclude => kezek-inbound", "dialplan reload")
	e.expect(s, AreaDialplan, "warning 996312900800 in context from-carrier goes to an extension of your own dialplan, and not to Kezek as with the other form",
		"warning 996312900898 in context from-carrier goes")
}

// A trunk of which Asterisk does not know the callers is told; what the check says is what becomes of a call.
func TestCallersWhomAsteriskRefuses(t *testing.T) {
	needRoot(t)
	t.Parallel()
	e := newExchange(t)
	s := e.site()
	e.writePlan(s)
	e.cli("dialplan reload")
	carrier, err := phone.NewCarrier(phone.CarrierConfig{Exchange: e.SIPAddr, Listen: e.CarrierAddr})
	must(t, err)
	t.Cleanup(carrier.Close)
	const refused = "error PJSIP/carrier, used by callers, has neither identify, nor auth, nor a registration with line = yes"
	comes := func(want bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		call, err := carrier.Call(ctx, phone.CallerID{Number: "+996555123456"}, s.Config.Rules.Queues["sales"].DID[0])
		must(t, err)
		err = call.WaitAnswer(ctx)
		if (err == nil) != want {
			t.Errorf("the call comes about: %v", err)
		}
		if err == nil {
			must(t, call.Hangup(ctx))
		}
	}
	const reload = "module reload"
	e.expect(s, AreaDialplan)
	comes(true)
	e.change("pjsip.conf", "type = identify", "type = nothing", reload)
	e.expect(s, AreaDialplan, refused)
	comes(false)
	e.add("pjsip.conf", "[there]\ntype = registration\nserver_uri = sip:"+e.CarrierAddr+"\nclient_uri = sip:kezek@"+e.CarrierHost, reload)
	e.expect(s, AreaDialplan, refused) // not one by which calls are told apart
	e.change("pjsip.conf", "[there]", "[there]\nline = yes\nendpoint = carrier", reload)
	e.expect(s, AreaDialplan)
	e.change("pjsip.conf", "line = yes\nendpoint = carrier\n", "", reload)
	e.expect(s, AreaDialplan, refused)
	e.change("pjsip.conf", "[carrier](phone)", "[carrier](phone)\nauth = 1001", reload)
	e.expect(s, AreaDialplan)
}

func TestReadsOfTheConsole(t *testing.T) {
	is := identified("\n Identify:  <Identify/Endpoint...>\n      Match:  <criteria...>\n=====\n\n Identify:  office/carrier\n      Match: 127.0.0.2/32\n\nObjects found: 1\n")
	if len(is) != 1 || !is["carrier"] {
		t.Errorf("%v", is)
	}
	all := registered("\n <Registration/ServerURI...>  <Auth...>  <Status.......>\n====\n\n reg/sip:127.0.0.2      n/a       Rejected      (exp. 4s)\n two/sips:x  two-auth  Registered\n\nObjects found: 2\n")
	if len(all) != 2 || all[0] != (registration{"reg", "sip:127.0.0.2", "Rejected"}) || all[1].status != "Registered" {
		t.Errorf("%v", all)
	}
}
