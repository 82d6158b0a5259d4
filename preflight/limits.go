package preflight

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"kezek/ari"
)

// checkLimits looks at what bounds the calls of Asterisk: less than a call for each agent is a fault.
func checkLimits(ctx context.Context, info ari.Info, console *consoleHere, agents int) (found []Finding) {
	const restart = "; it takes effect with a restart: asterisk -rx 'core restart when convenient'"
	if most := info.ConfigInfo.MaxChannels; most > 0 && most < agents {
		found = append(found, fault("remove maxcalls from asterisk.conf, or set it to what the machine can handle"+restart,
			"Asterisk accepts %s at once (maxcalls), and there are %s: it refuses the others", several(most, "caller"), several(agents, "agent")))
	}
	if most := info.ConfigInfo.MaxLoad; most > 0 {
		say, now := warning, ""
		if load, known := loadHere(console); known && load > most {
			say, now = fault, fmt.Sprintf(": it is %.2f now", load)
		}
		found = append(found, say("remove maxload from asterisk.conf"+restart, "Asterisk refuses callers when the load of its machine is above %g (maxload)%s", most, now))
	}
	const perTalk, others = 10, 200 // files: two channels with the sockets of their sound, and a timer
	if most, want := info.ConfigInfo.MaxOpenFiles, perTalk*agents+others; most > 0 && most < want {
		found = append(found, fault("maxfiles = 65536 in asterisk.conf, and LimitNOFILE=65536 where systemd starts it (systemctl edit asterisk)"+restart,
			"Asterisk may open %d files and sockets, and calls of %s need about %d: calls beyond that have no sound, or are refused", most, several(agents, "agent"), want))
	}
	if text, err := console.ask(ctx, "rtp show settings"); err == nil {
		if streams, known := rtpStreams(text); known && streams/2 < agents { // caller and agent
			found = append(found, fault(fmt.Sprintf("rtpstart and rtpend in rtp.conf with %d ports between them at least, opened in the firewall too; then: asterisk -rx 'module reload res_rtp_asterisk.so'", 8*agents),
				"Asterisk has ports for %d streams of sound (rtp.conf), and there are %s: a conversation needs two, a caller in line one, and calls beyond that have no sound", streams, several(agents, "agent")))
		}
	}
	if text, err := console.ask(ctx, "pjsip show transports"); err == nil && strings.Contains(text, "No objects found") {
		found = append(found, fault("write one in pjsip.conf ([udp] with type = transport, protocol = udp, bind = 0.0.0.0), check that no other program has its port, and restart Asterisk",
			"Asterisk has no SIP transport: no phone and no carrier reaches it"))
	}
	if text, err := console.ask(ctx, "pjsip show settings"); err == nil && firstAnswerStays.MatchString(text) {
		found = append(found, warning("write [system] with type = system and accept_multiple_sdp_answers = yes in pjsip.conf"+restart,
			"Asterisk keeps to what was said of the sound before an answer (accept_multiple_sdp_answers = no in [system]), whatever its endpoints say: a phone that was one-way while it rang stays so"))
	}
	return found
}

// firstAnswerStays is what Asterisk's settings of SIP say where the word of [system] is missing, without which that of an endpoint does nothing.
var firstAnswerStays = regexp.MustCompile(`(?m)^\s*accept_multiple_sdp_answers\s*:\s*(false|no)\s*$`)

// loadHere is the load of this machine, if Asterisk is on it.
func loadHere(console *consoleHere) (load float64, known bool) {
	text, err := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	load, err2 := strconv.ParseFloat(first, 64)
	return load, console != nil && err == nil && err2 == nil
}

// rtpStreams is for how many streams there are ports; each takes two.
func rtpStreams(text string) (streams int, known bool) {
	port := map[string]int{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
			port[name] = n
		}
	}
	start, end := port["Port start"], port["Port end"]
	return (end - start + 1) / 2, start > 0 && end > 0
}

// checkRegistrations tells of those that a carrier does not accept: it sends no calls then.
func checkRegistrations(ctx context.Context, p *pjsip, console *consoleHere, trunk string) (found []Finding) {
	text, err := console.ask(ctx, "pjsip show registrations")
	if err != nil {
		return nil
	}
	for _, r := range registered(text) {
		is, err := p.client.PJSIP(ctx, "registration", r.id)
		ours := err == nil && trunk != "" && ("PJSIP/"+is["endpoint"] == trunk || "PJSIP/"+r.id == trunk)
		switch {
		case r.status == "Registered":
		case r.status == "Rejected" && ours:
			found = append(found, fault("compare outbound_auth (username, password, realm) and client_uri of ["+r.id+"] with the carrier's data, then: "+reloadPJSIP,
				"the carrier %s rejects the registration %s of the trunk: it sends no calls", r.server, r.id))
		case r.status == "Rejected":
			found = append(found, warning("compare outbound_auth (username, password, realm) and client_uri of ["+r.id+"] with the carrier's data, then: "+reloadPJSIP,
				"%s rejects the registration %s: it sends no calls", r.server, r.id))
		default:
			found = append(found, warning("see that "+r.server+" can be reached, and its state a minute later: asterisk -rx 'pjsip show registrations'",
				"the registration %s is %s: until %s accepts it, it sends no calls", r.id, strings.ToLower(r.status), r.server))
		}
	}
	return found
}
