package preflight

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kezek/ari"
)

// checkAsterisk asks the running Asterisk. If it does not answer, that is all that is said.
func (s *Site) checkAsterisk(ctx context.Context) []Finding {
	o := s.ARI
	c := ari.NewClient(o)
	defer c.Close()
	info, err := c.Info(ctx)
	if err != nil {
		return []Finding{unanswered(o, err)}
	}
	found := append([]Finding{checkVersion(info.System.Version)}, checkWhisper(info.System.Version)...)
	if name := info.Config.Name; o.Name != "" && name != o.Name { // without one any name is right
		found = append(found, fault(fmt.Sprintf("set systemname = %s in the section options of asterisk.conf and restart Asterisk", o.Name),
			"the Asterisk at %s calls itself %q, not %q", o.URL, name, o.Name))
	}
	found = append(found, checkRights(ctx, c, o.Username)...)
	runs, err := c.Modules(ctx)
	if err != nil {
		return append(found, fault("load res_ari_asterisk.so and try again", "modules cannot be read: %v", err))
	}
	found = append(found, checkModules(runs)...)
	found = append(found, checkApp(ctx, c, o.App)...)
	p := &pjsip{client: c}
	found = append(found, checkPhones(ctx, p, slices.Concat(o.Endpoints, s.Config.Rules.Supervisors.Call))...)
	found = append(found, checkClock(ctx, c)...)
	found = append(found, checkAGI(s.Config)...)
	found = append(found, s.checkFiles(ctx, c)...)
	found = append(found, checkSounds(s.Config.Prompts.Dir, soundsFolder(ctx, c))...)
	found = append(found, checkTrunk(ctx, p, o.Trunk)...)
	return append(found, s.checkSettings(ctx, p, runs)...)
}

// unanswered says what to do about an ARI that gives no answer.
func unanswered(o ari.Options, err error) Finding {
	switch status := ari.Status(err); {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault("compare with the user's section in ari.conf, then: asterisk -rx 'module reload res_ari.so'",
			"ARI at %s refuses user %q with this password", o.URL, o.Username)
	case status == http.StatusNotFound:
		return fault("set enabled = yes in ari.conf, and see that the URL ends in /ari after the prefix of http.conf", "ARI at %s: %v", o.URL, err)
	case status == http.StatusServiceUnavailable:
		return fault("raise sessionlimit in http.conf, then: asterisk -rx 'module reload http'", "ARI at %s: %v", o.URL, err)
	case status != 0:
		return fault("see that asterisk.url leads to Asterisk itself, and look into its log", "ARI at %s: %v", o.URL, err)
	}
	if fix := certificateFix(err, "asterisk", o.CAs != nil); fix != "" {
		return fault(fix, "ARI at %s: %v", o.URL, err)
	}
	for _, known := range []struct{ has, fix string }{
		{"no such host", "correct the host's name in asterisk.url"},
		{": answer: ", "correct asterisk.url: what answers there is no Asterisk"},
		{"first record does not look like a TLS handshake", "write http:// in asterisk.url: this port has no TLS"},
		{"deadline exceeded", "see that a firewall lets this machine reach Asterisk, and that it is not stuck: asterisk -rx 'core show uptime'"},
		{"timeout", "see that a firewall lets this machine reach Asterisk, and that it is not stuck: asterisk -rx 'core show uptime'"},
		{"EOF", "write https:// in asterisk.url if this port has TLS, or correct the port"},
		{"closed connection", "write https:// in asterisk.url if this port has TLS, or correct the port"},
		{"connection reset", "write https:// in asterisk.url if this port has TLS, or correct the port"},
	} {
		if strings.Contains(err.Error(), known.has) {
			return fault(known.fix, "ARI at %s: %v", o.URL, err)
		}
	}
	return fault("start Asterisk; in http.conf set enabled = yes, bindaddr and bindport as in the URL", "ARI at %s: %v", o.URL, err)
}

func checkRights(ctx context.Context, c *ari.Client, user string) []Finding {
	switch may, err := c.MayAct(ctx); {
	case err != nil:
		return []Finding{warning("try again", "whether ARI user %q may act is not known: %v", user, err)}
	case !may:
		return []Finding{fault("set read_only = no in the user's section of ari.conf", "ARI user %q may only read", user)}
	}
	return nil
}

func checkApp(ctx context.Context, c *ari.Client, app string) []Finding {
	var is struct {
		Channels []string `json:"channel_ids"`
	}
	switch err := c.Ask(ctx, &is, "applications", app); {
	case err == nil:
		return []Finding{fine("a program is attached as app %q or was a moment ago; it has %d channels", app, len(is.Channels))}
	case ari.Status(err) == http.StatusNotFound:
		return []Finding{fine("no program is attached as app %q", app)}
	default:
		return []Finding{warning("try again", "app %q cannot be read: %v", app, err)}
	}
}

// checkPhones looks whether Asterisk has the phones, and whether they can be reached.
func checkPhones(ctx context.Context, p *pjsip, phones []string) (found []Finding) {
	var all []struct{ Technology, Resource, State string }
	if err := p.client.Ask(ctx, &all, "endpoints"); err != nil {
		return []Finding{warning("try again", "endpoints cannot be read: %v", err)}
	}
	states := make(map[string]string, len(all))
	for _, e := range all {
		states[e.Technology+"/"+e.Resource] = e.State
	}
	var offline []string
	for _, endpoint := range phones {
		switch state, ok := states[endpoint]; {
		case !ok || p.endpointGone(ctx, endpoint):
			found = append(found, fault("define it in pjsip.conf, then: "+reloadPJSIP+"; or correct Kezek's config, where an agent or a supervisor has it",
				"endpoint %s does not exist", endpoint))
		case state == "offline":
			offline = append(offline, endpoint)
		}
	}
	if len(offline) > 0 {
		found = append(found, warning("plug them in; if they are, compare their password with pjsip.conf and look at: asterisk -rx 'pjsip show contacts'",
			"%d of %d phones cannot be reached: %s", len(offline), len(phones), strings.Join(offline, " ")))
	}
	if found == nil && len(phones) > 0 {
		found = []Finding{fine("all %d phones can be reached", len(phones))}
	}
	return found
}

// soundsFolder is where Asterisk looks for the phrases, as it names it itself; "" if it does not say.
func soundsFolder(ctx context.Context, c *ari.Client) string {
	data, err := c.Variable(ctx, "ASTDATADIR")
	if err != nil || data == "" {
		return ""
	}
	return filepath.Join(data, "sounds", "kezek")
}

// checkSounds looks whether the phrases in a folder are those that Asterisk plays. Nothing
// can be said of a folder of Asterisk's that is not to be seen from here: of another machine or container.
func checkSounds(dir, asterisks string) []Finding {
	if _, err := os.Stat(filepath.Dir(asterisks)); asterisks == "" || err != nil || filepath.Clean(dir) == asterisks {
		return nil
	}
	played, err := os.Stat(asterisks)
	if ours, missing := os.Stat(dir); err == nil && missing == nil && os.SameFile(played, ours) {
		return nil
	}
	return []Finding{fault("prompts: {dir: "+asterisks+"} in the config, then: kezek prompts install",
		"prompts.dir is %s, and Asterisk looks for the phrases in %s: nobody hears them", dir, asterisks)}
}

// trunkEndpoint is the endpoint behind a dial string that Asterisk can be
// asked about: PJSIP/carrier for "PJSIP/{number}@carrier"; "" if there is none.
func trunkEndpoint(dial string) string {
	_, name, ok := strings.Cut(dial, "@")
	if !ok || !strings.HasPrefix(dial, "PJSIP/") {
		return ""
	}
	return "PJSIP/" + name
}

// checkTrunk asks Asterisk for the trunk. That Asterisk does not answer is told elsewhere.
func checkTrunk(ctx context.Context, p *pjsip, dial string) []Finding {
	endpoint := trunkEndpoint(dial)
	if endpoint == "" {
		return nil
	}
	name := strings.TrimPrefix(endpoint, "PJSIP/")
	var is struct{ State string }
	switch err := p.client.Ask(ctx, &is, "endpoints", "PJSIP", name); {
	case ari.Status(err) == http.StatusNotFound || p.endpointGone(ctx, endpoint):
		return []Finding{fault("define it in pjsip.conf, then: "+reloadPJSIP+"; or correct trunk.dial",
			"endpoint %s of trunk.dial does not exist: no client can be called back", endpoint)}
	case err != nil:
		return nil
	case is.State == "offline":
		return []Finding{warning("look at: asterisk -rx 'pjsip show endpoint "+name+"'",
			"the trunk %s cannot be reached: no client can be called back now", endpoint)}
	}
	return []Finding{fine("clients are called back over %s", endpoint)}
}
