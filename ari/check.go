package ari

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Severity is how much a [Finding] matters.
type Severity string

// The severities.
const (
	// Fault: Kezek cannot work like this.
	Fault   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that [Check] has to say.
type Finding struct {
	Severity Severity `json:"severity"`
	What     string   `json:"what"`
	Fix      string   `json:"fix,omitempty"` // what to do about it; empty if all is well
}

// oldestVersion is the first Asterisk that has what Kezek asks for;
// soundVersion the first without known holes.
var (
	oldestVersion = version{20}
	soundVersion  = version{22, 10, 1}
)

// module of Asterisk, and what it is for.
type module struct{ name, use string }

// modules that Kezek needs.
var modules = []module{
	{"app_exec", "the dialplan branches"},
	{"app_playback", "callers hear a phrase when the daemon is away"},
	{"app_stasis", "the dialplan hands calls over with it"},
	{"bridge_simple", "caller and agent talk through it"},
	{"func_callerid", "the agent's phone shows who calls"},
	{"func_channel", "the dialplan asks where a code came from"},
	{"func_dialplan", "the dialplan sees whether the fallback is there"},
	{"func_frame_drop", "hold is Kezek's, not Asterisk's"},
	{"func_strings", "what callers and phones send is cleaned"},
	{"func_timeout", "a code that gets no answer ends"},
	{"res_agi", "agents' codes"},
	{"res_ari_applications", "ARI"},
	{"res_ari_bridges", "ARI"},
	{"res_ari_channels", "ARI"},
	{"res_ari_device_states", "ARI"},
	{"res_ari_endpoints", "ARI"},
	{"res_ari_events", "ARI"},
	{"res_ari_playbacks", "ARI"},
	{"res_musiconhold", "callers wait with music"},
	{"res_pjsip_header_funcs", "phones that answer by themselves"},
	{"res_stasis_answer", "calls are answered"},
	{"res_stasis_device_state", "lamps"},
	{"res_stasis_playback", "phrases are played"},
}

// optional are the modules without which something is missing that not every site uses.
var optional = []module{
	{talkModule, "callers of whom nothing is heard: not_heard_after"},
	{"res_ari_recordings", "recordings of talks"},
	{"res_stasis_recording", "recordings of talks"},
	{"res_stasis_snoop", "recordings of talks, and supervisors who listen"},
}

// Check looks at an Asterisk from outside, without changing anything, and
// says what is in the way of Kezek. If it does not answer, that is all it says.
func Check(ctx context.Context, o Options) []Finding {
	c := NewClient(o)
	defer c.close()
	info, err := c.info(ctx)
	if err != nil {
		return []Finding{unanswered(o, err)}
	}
	found := append([]Finding{checkVersion(info.System.Version)}, checkWhisper(info.System.Version)...)
	if name := info.Config.Name; name != o.Name {
		found = append(found, Finding{Fault,
			fmt.Sprintf("the Asterisk at %s calls itself %q, not %q", o.URL, name, o.Name),
			fmt.Sprintf("set systemname = %s in the section options of asterisk.conf and restart Asterisk", o.Name)})
	}
	found = append(found, c.checkRights(ctx, o)...)
	found = append(found, c.checkModules(ctx)...)
	found = append(found, c.checkApp(ctx, o)...)
	return append(found, c.checkEndpoints(ctx, o)...)
}

// SystemName is what Asterisk calls itself.
func (c *Client) SystemName(ctx context.Context) (string, error) {
	info, err := c.info(ctx)
	return info.Config.Name, err
}

func (c *Client) info(ctx context.Context) (info asteriskInfo, err error) {
	err = c.get(ctx, "/asterisk/info", &info)
	return info, err
}

func unanswered(o Options, err error) Finding {
	f := Finding{Severity: Fault, What: fmt.Sprintf("ARI at %s: %v", o.URL, err)}
	switch status(err) {
	case http.StatusUnauthorized, http.StatusForbidden:
		f.What = fmt.Sprintf("ARI at %s refuses user %q with this password", o.URL, o.Username)
		f.Fix = "compare with the user's section in ari.conf, then: asterisk -rx 'module reload res_ari.so'"
	case http.StatusNotFound:
		f.Fix = "set enabled = yes in ari.conf, and see that the URL ends in /ari after the prefix of http.conf"
	default:
		f.Fix = "start Asterisk; in http.conf set enabled = yes, bindaddr and bindport as in the URL"
	}
	return f
}

func checkVersion(text string) Finding {
	v := parseVersion(text)
	switch {
	case v == nil:
		return Finding{Warning, fmt.Sprintf("Asterisk answers; its version %q is not understood", text), fmt.Sprintf("Kezek is made for Asterisk %s", soundVersion)}
	case v.before(oldestVersion):
		return Finding{Fault, "Asterisk " + text + " is too old", fmt.Sprintf("install Asterisk %s or newer", soundVersion)}
	case v.before(soundVersion):
		return Finding{Warning, "Asterisk " + text + " has known security holes in ARI", fmt.Sprintf("install Asterisk %s or newer", soundVersion)}
	}
	return Finding{Severity: Info, What: "Asterisk " + text + " answers"}
}

// whisperFaults are the releases with Asterisk's issue 2134: a channel into which
// somebody whispers may stall, and cannot always be bridged any more.
var whisperFaults = []version{{20, 21}, {22, 11}, {23, 5}}

// checkWhisper warns of an Asterisk in which supervisors had better not whisper or join in.
func checkWhisper(text string) []Finding {
	v := parseVersion(text)
	if !slices.ContainsFunc(whisperFaults, func(faulty version) bool { return len(v) >= 2 && slices.Equal(v[:2], faulty) }) {
		return nil
	}
	return []Finding{{Warning, "Asterisk " + text + " may stall a talk into which a supervisor whispers (its issue 2134)",
		fmt.Sprintf("install Asterisk %s, or a release that has it mended; until then use *81 alone, not *82 and *83", soundVersion)}}
}

// version is a release's numbers, the most important first.
type version []int

func (v version) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint([]int(v)), " ", "."), "[]")
}

func (v version) before(w version) bool {
	for i := range min(len(v), len(w)) {
		if v[i] != w[i] {
			return v[i] < w[i]
		}
	}
	return false
}

// parseVersion reads "22.10.1", also with what packagers append; nil if there is no number.
func parseVersion(s string) version {
	s = strings.TrimPrefix(s, "certified/")
	if end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
		s = s[:end]
	}
	var v version
	for part := range strings.SplitSeq(s, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		v = append(v, n)
	}
	return v
}

// checkRights asks for something that cannot be done, to see whether it would be allowed.
func (c *Client) checkRights(ctx context.Context, o Options) []Finding {
	switch err := c.delete(ctx, path("channels", "kezek-check-no-such-channel")); status(err) {
	case http.StatusNotFound:
		return nil
	case http.StatusForbidden:
		return []Finding{{Fault, fmt.Sprintf("ARI user %q may only read", o.Username), "set read_only = no in the user's section of ari.conf"}}
	default:
		return []Finding{{Warning, fmt.Sprintf("whether ARI user %q may act is not known: %v", o.Username, err), "try again"}}
	}
}

func (c *Client) checkModules(ctx context.Context) []Finding {
	found := c.missing(ctx, modules, Fault)
	found = append(found, c.missing(ctx, optional, Warning)...)
	if found == nil {
		found = []Finding{{Severity: Info, What: fmt.Sprintf("all %d modules that are needed run", len(modules)+len(optional))}}
	}
	return found
}

// runs reports whether a module of Asterisk does.
func (c *Client) runs(ctx context.Context, name string) bool {
	var loaded struct{ Status string }
	err := c.get(ctx, path("asterisk", "modules", name+".so"), &loaded)
	return err == nil && loaded.Status == "Running"
}

// missing tells which of some modules do not run.
func (c *Client) missing(ctx context.Context, wanted []module, how Severity) (found []Finding) {
	for _, m := range wanted {
		if !c.runs(ctx, m.name) {
			found = append(found, Finding{how,
				fmt.Sprintf("module %s is not running (%s)", m.name, m.use),
				fmt.Sprintf("install it; see noload in modules.conf; then: asterisk -rx 'module load %s.so'", m.name)})
		}
	}
	return found
}

func (c *Client) checkApp(ctx context.Context, o Options) []Finding {
	var app applicationData
	switch err := c.get(ctx, path("applications", o.App), &app); {
	case err == nil:
		return []Finding{{Severity: Info, What: fmt.Sprintf("a program is attached as app %q or was a moment ago; it has %d channels", o.App, len(app.ChannelIDs))}}
	case status(err) == http.StatusNotFound:
		return []Finding{{Severity: Info, What: fmt.Sprintf("no program is attached as app %q", o.App)}}
	default:
		return []Finding{{Warning, fmt.Sprintf("app %q cannot be read: %v", o.App, err), "try again"}}
	}
}

func (c *Client) checkEndpoints(ctx context.Context, o Options) []Finding {
	var all []endpointData
	if err := c.get(ctx, "/endpoints", &all); err != nil {
		return []Finding{{Warning, fmt.Sprintf("endpoints cannot be read: %v", err), "try again"}}
	}
	states := make(map[string]string, len(all))
	for i := range all {
		states[all[i].name()] = all[i].State
	}
	var found []Finding
	var offline []string
	for _, endpoint := range o.Endpoints {
		switch state, ok := states[endpoint]; {
		case !ok:
			found = append(found, Finding{Fault,
				fmt.Sprintf("endpoint %s does not exist", endpoint),
				"define it in pjsip.conf, or correct Kezek's config, where an agent or a supervisor has it"})
		case state == "offline":
			offline = append(offline, endpoint)
		}
	}
	if len(offline) > 0 {
		found = append(found, Finding{Warning,
			fmt.Sprintf("%d of %d phones cannot be reached: %s", len(offline), len(o.Endpoints), strings.Join(offline, " ")),
			"plug them in; if they are, compare their password with pjsip.conf and look at: asterisk -rx 'pjsip show contacts'"})
	}
	if found == nil && len(o.Endpoints) > 0 {
		found = []Finding{{Severity: Info, What: fmt.Sprintf("all %d phones can be reached", len(o.Endpoints))}}
	}
	return found
}
