package preflight

import (
	"fmt"
	"slices"
	"strings"
)

// module of Asterisk, and what it is for.
type module struct{ name, use string }

// modules that Kezek needs.
var modules = []module{
	{"app_exec", "the dialplan branches"},
	{"app_playback", "callers hear a phrase when the daemon is away"},
	{"app_stasis", "the dialplan hands calls over with it"},
	{"app_verbose", "the dialplan logs a fallback that does not exist"},
	{"bridge_simple", "caller and agent talk through it"},
	{"func_callerid", "the agent's phone shows the caller"},
	{"func_channel", "the dialplan checks where a code came from"},
	{"func_dialplan", "the dialplan checks whether the fallback exists"},
	{"func_frame_drop", "hold is Kezek's, not Asterisk's"},
	{"func_strings", "data from callers and phones is cleaned"},
	{"func_timeout", "a code without an answer ends"},
	{"format_wav", "phrases are played from its files"},
	{"pbx_config", "the dialplan is loaded"},
	{"res_agi", "agents' codes"},
	{"res_ari_applications", "ARI"},
	{"res_ari_asterisk", "ARI"},
	{"res_ari_bridges", "ARI"},
	{"res_ari_channels", "ARI"},
	{"res_ari_device_states", "ARI"},
	{"res_ari_endpoints", "ARI"},
	{"res_ari_events", "ARI"},
	{"res_ari_playbacks", "ARI"},
	{"res_musiconhold", "callers wait with music"},
	{"chan_pjsip", "phones and the trunk"},
	{"res_pjsip_session", "phones and the trunk"},
	{"res_pjsip_authenticator_digest", "phones' passwords"},
	{"res_pjsip_caller_id", "who calls"},
	{"res_pjsip_endpoint_identifier_user", "phones are known by their names"},
	{"res_pjsip_registrar", "phones register"},
	{"res_pjsip_sdp_rtp", "calls have sound"},
	{"res_rtp_asterisk", "calls have sound"},
	{"res_pjsip_header_funcs", "phones that answer automatically"},
	{"res_stasis_answer", "calls are answered"},
	{"res_stasis_device_state", "lamps"},
	{"res_stasis_playback", "phrases are played"},
}

// optional are the modules without which something is missing that not every site uses.
var optional = []module{
	{"func_talkdetect", "silent callers: not_heard_after"},
	{"bridge_softmix", "conversations of three, and supervisors who join in"},
	{"res_pjsip_dialog_info_body_generator", "lamps"},
	{"res_pjsip_exten_state", "lamps"},
	{"res_pjsip_endpoint_identifier_ip", "carriers are known by their addresses"},
	{"res_pjsip_outbound_authenticator_digest", "carriers that ask for a password"},
	{"res_pjsip_pubsub", "lamps"},
	{"res_pjsip_refer", "the transfer key of phones"},
	{"res_pjsip_dtmf_info", "keys of phones that send them by INFO"},
	{"res_ari_recordings", "recordings of conversations"},
	{"res_stasis_recording", "recordings of conversations"},
	{"res_stasis_snoop", "recordings of conversations, and supervisors who listen"},
}

// timers are the modules of which Asterisk needs one to send sound by itself.
var timers = []string{"res_timing_timerfd", "res_timing_pthread", "res_timing_kqueue", "res_timing_dahdi"}

func checkModules(runs map[string]bool) []Finding {
	found := missing(runs, modules, fault)
	found = append(found, missing(runs, optional, warning)...)
	if !slices.ContainsFunc(timers, func(m string) bool { return runs[m] }) {
		found = append(found, fault("see noload in modules.conf; asterisk -rx 'module load res_timing_timerfd.so'",
			"Asterisk has no timer (none of %s): conversations of three, and music for callers who send no sound, are silent", strings.Join(timers, ", ")))
	}
	if found == nil {
		found = []Finding{fine("all %d modules that are needed run", len(modules)+len(optional))}
	}
	return found
}

// missing tells which of some modules do not run.
func missing(runs map[string]bool, wanted []module, say func(fix, problem string, args ...any) Finding) (found []Finding) {
	for _, m := range wanted {
		if !runs[m.name] {
			found = append(found, say(fmt.Sprintf("install it; see noload in modules.conf; then: asterisk -rx 'module load %s.so'", m.name),
				"module %s is not running (%s)", m.name, m.use))
		}
	}
	return found
}
