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
		return []Finding{unanswered(ctx, o, err)}
	}
	found := append([]Finding{checkVersion(info.SystemInfo.Version)}, checkWhisper(info.SystemInfo.Version)...)
	if name := info.ConfigInfo.Name; o.Name != "" && name != o.Name { // without one any name is right
		found = append(found, fault(fmt.Sprintf("set systemname = %s in the section options of asterisk.conf and restart Asterisk", o.Name),
			"the Asterisk at %s has the name %q, not %q", o.URL, name, o.Name))
	}
	found = append(found, checkRights(ctx, c, o.Username)...)
	runs, err := c.Modules(ctx)
	if err != nil {
		return append(found, fault("load res_ari_asterisk.so and try again", "modules cannot be read: %s", plain(err)))
	}
	found = append(found, checkModules(runs)...)
	console := s.console(ctx, c)
	defer console.close()
	app, attached := checkApp(ctx, c, o.App)
	found = append(found, app)
	found = append(found, checkRoom(ctx, o, attached)...)
	found = append(found, checkSilentSettings(ctx, c, console)...)
	p := &pjsip{client: c}
	found = append(found, checkLimits(ctx, info, console, len(s.Config.Rules.Agents))...)
	found = append(found, checkPhones(ctx, p, slices.Concat(o.Endpoints, s.Config.Rules.Supervisors.Call))...)
	found = append(found, checkClock(ctx, c)...)
	found = append(found, checkAGI(s.Config)...)
	found = append(found, s.checkFiles(ctx, c, console, runs)...)
	found = append(found, checkSounds(s.Config.Prompts.Dir, soundsFolder(ctx, c))...)
	found = append(found, checkTrunk(ctx, p, o.Trunk)...)
	found = append(found, checkRegistrations(ctx, p, console, trunkEndpoint(o.Trunk))...)
	return append(found, s.checkSettings(ctx, p, runs)...)
}

func checkRights(ctx context.Context, c *ari.Client, user string) []Finding {
	switch may, err := c.MayAct(ctx); {
	case err != nil:
		return []Finding{warning("try again", "whether ARI user %q may write is not known: %s", user, plain(err))}
	case !may:
		return []Finding{fault("set read_only = no in the user's section of ari.conf", "ARI user %q may only read", user)}
	}
	return nil
}

// checkApp looks whether a daemon is attached.
func checkApp(ctx context.Context, c *ari.Client, app string) (f Finding, attached bool) {
	var is struct {
		Channels []string `json:"channel_ids"`
	}
	switch err := c.Ask(ctx, &is, "applications", app); {
	case err == nil:
		return fine("a program is attached as app %q or was a moment ago; it has %d channels", app, len(is.Channels)), true
	case ari.Status(err) == http.StatusNotFound:
		return fine("no program is attached as app %q", app), false
	default:
		return warning("try again", "app %q cannot be read: %s", app, plain(err)), false
	}
}

// checkPhones looks whether Asterisk has the phones, and whether they can be reached.
func checkPhones(ctx context.Context, p *pjsip, phones []string) (found []Finding) {
	var all []struct{ Technology, Resource, State string }
	if err := p.client.Ask(ctx, &all, "endpoints"); err != nil {
		return []Finding{warning("try again", "endpoints cannot be read: %s", plain(err))}
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
		"prompts.dir is %s, and Asterisk looks for the phrases in %s: they are not heard", dir, asterisks)}
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
