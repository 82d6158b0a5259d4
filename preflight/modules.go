package preflight

import (
	"context"
	"fmt"

	"kezek/ari"
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
	{"func_talkdetect", "callers of whom nothing is heard: not_heard_after"},
	{"res_ari_recordings", "recordings of talks"},
	{"res_stasis_recording", "recordings of talks"},
	{"res_stasis_snoop", "recordings of talks, and supervisors who listen"},
}

func checkModules(ctx context.Context, c *ari.Client) []Finding {
	found := missing(ctx, c, modules, fault)
	found = append(found, missing(ctx, c, optional, warning)...)
	if found == nil {
		found = []Finding{fine("all %d modules that are needed run", len(modules)+len(optional))}
	}
	return found
}

// missing tells which of some modules do not run.
func missing(ctx context.Context, c *ari.Client, wanted []module, say func(fix, problem string, args ...any) Finding) (found []Finding) {
	for _, m := range wanted {
		if !c.Runs(ctx, m.name) {
			found = append(found, say(fmt.Sprintf("install it; see noload in modules.conf; then: asterisk -rx 'module load %s.so'", m.name),
				"module %s is not running (%s)", m.name, m.use))
		}
	}
	return found
}
