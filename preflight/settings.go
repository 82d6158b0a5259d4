package preflight

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// setting is something that an endpoint must have, or had better have.
type setting struct {
	say     func(fix, problem string, args ...any) Finding
	broken  func(endpoint map[string]string) bool
	problem string // after the names of those that have it
	fix     string // in pjsip.conf
}

func has(attribute, value string) func(map[string]string) bool {
	return func(e map[string]string) bool { return e[attribute] == value }
}

// Settings of phones and of the trunk. Direct media are no matter: Kezek's bridges never use them.
var (
	everywhere = []setting{
		{fault, has("dtmf_mode", "none"), "sends no keys (dtmf_mode = none): neither menu nor codes work", "dtmf_mode = rfc4733"},
		{warning, has("rtp_timeout", "0"), "has no rtp_timeout: a far end whose network broke stays in the call, in silence, until the other side hangs up", "rtp_timeout = 30, rtp_timeout_hold = 300"},
		{warning, func(e map[string]string) bool { t := seconds(e["rtp_timeout"]); return t > 0 && t < shortestTimeout },
			"has a short rtp_timeout: a conversation is cut off when the far end sends no sound for a moment, as with silence suppression", "rtp_timeout = 30"},
		{warning, has("accept_multiple_sdp_answers", "false"), "keeps to what was said of the sound before the answer (accept_multiple_sdp_answers = no): a phone that was one-way while it rang stays so, and after an announcement of the carrier's there may be no sound", "accept_multiple_sdp_answers = yes"},
		{fault, func(e map[string]string) bool {
			return e["media_encryption"] == "dtls" && e["dtls_cert_file"] == "" && !strings.EqualFold(e["dtls_auto_generate_cert"], "yes")
		}, "has media_encryption = dtls without a certificate: no call has sound", "dtls_auto_generate_cert = yes"},
	}
	ofPhones = []setting{
		{warning, has("allow_transfer", "false"), "may not transfer (allow_transfer = no): its transfer key does nothing", "allow_transfer = yes"},
		{warning, func(e map[string]string) bool {
			return e["send_pai"] == "false" && e["send_rpid"] == "false" || e["send_connected_line"] == "no"
		}, "is not told who is at the other end when that changes in a call (send_pai = no): it shows neither the slot of a parked caller nor whom the agent fetched or picked up", "send_pai = yes, send_connected_line = yes"},
		{fault, has("suppress_moh_on_sendonly", "true"), "does not report its hold key (suppress_moh_on_sendonly = yes): its caller is in silence, without limit", "suppress_moh_on_sendonly = no"},
	}
	ofLamps = []setting{
		{warning, has("allow_subscribe", "false"), "has no lamps (allow_subscribe = no)", "allow_subscribe = yes, or dialplan: {lamps: false} in Kezek's config"},
	}
	ofContacts = []setting{
		{fault, func(a map[string]string) bool { return a["max_contacts"] == "0" && a["contact"] == "" },
			"accepts no registration (max_contacts = 0, which is the default): no call reaches it", "max_contacts = 1, remove_existing = yes in its aor"},
		{warning, func(a map[string]string) bool {
			return a["max_contacts"] == "1" && a["remove_existing"] == "false" && a["remove_unavailable"] != "true"
		}, "cannot come back (remove_existing = no): a phone that restarts at another port or address is refused until its old registration ends", "remove_existing = yes in its aor"},
		{warning, has("qualify_frequency", "0"), "is not checked (qualify_frequency = 0): calls are offered to it even if it is unplugged", "qualify_frequency = 5 in its aor"},
	}
	ofTrunk = []setting{
		{warning, has("allow_transfer", "true"), "may be transferred by the far end (allow_transfer = yes): callers could leave the queue for any extension of its context", "allow_transfer = no"},
	}
)

// shortestTimeout of rtp_timeout, in seconds, that no pause in a talk reaches.
const shortestTimeout = 10

// seconds reads a number; what is none counts as 0.
func seconds(text string) int {
	n, _ := strconv.Atoi(text) // 0 is what an endpoint without the setting has
	return n
}

// encryption tells of an endpoint that wants its sound encrypted by a module that does not run.
func (s *settings) encryption(name string, endpoint map[string]string, runs map[string]bool) {
	if e := endpoint["media_encryption"]; e != "" && e != "no" && e != "none" && !runs["res_srtp"] {
		s.add(name, setting{say: fault, fix: "install the module res_srtp, asterisk -rx 'module load res_srtp.so', or write media_encryption = no",
			problem: "needs encrypted sound (media_encryption = " + e + "), and the module res_srtp is not running: no call is established"})
	}
}

// checkSettings looks at the endpoints of phones and trunk.
func (s *Site) checkSettings(ctx context.Context, p *pjsip, runs map[string]bool) []Finding {
	ofPhone := slices.Concat(everywhere, ofPhones)
	if !s.ARI.LampsOff {
		ofPhone = append(ofPhone, ofLamps...)
	}
	var phones, trunk settings
	for _, name := range s.ARI.Endpoints {
		for _, aor := range p.aors(ctx, phones.endpoint(ctx, p, name, runs, ofPhone)) {
			phones.check(name, aor, ofContacts)
		}
	}
	trunk.endpoint(ctx, p, trunkEndpoint(s.ARI.Trunk), runs, slices.Concat(everywhere, ofTrunk))
	return append(phones.tell(), trunk.tell()...)
}

// settings collects who has the same fault, so that it is told once.
type settings struct {
	order []setting
	names map[string][]string // by problem
}

// endpoint looks at all about one, and returns it; nil if it is not there.
func (s *settings) endpoint(ctx context.Context, p *pjsip, name string, runs map[string]bool, wanted []setting) map[string]string {
	e := p.endpoint(ctx, name)
	if e != nil {
		s.check(name, e, wanted)
		s.codecs(name, e, runs)
		s.encryption(name, e, runs)
		s.references(ctx, p, name, e)
	}
	return e
}

func (s *settings) check(name string, endpoint map[string]string, wanted []setting) {
	for _, w := range wanted {
		if w.broken(endpoint) {
			s.add(name, w)
		}
	}
}

func (s *settings) add(name string, of setting) {
	if s.names == nil {
		s.names = map[string][]string{}
	}
	if s.names[of.problem] == nil {
		s.order = append(s.order, of)
	}
	s.names[of.problem] = append(s.names[of.problem], name)
}

func (s *settings) tell() (found []Finding) {
	for _, of := range s.order {
		found = append(found, of.say(of.fix+" in pjsip.conf, then: "+reloadPJSIP, "%s %s", few(s.names[of.problem]), of.problem))
	}
	return found
}

// few names some, and how many more there are.
func few(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, " ")
	}
	return strings.Join(names[:most], " ") + " and " + several(len(names)-most, "other")
}
