package preflight

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"kezek/config"
	"kezek/prompts"
)

func (s *Site) checkConfig(ctx context.Context) []Finding {
	c := s.Config
	found := []Finding{fine("%s: %s", s.Path, c)}
	for _, w := range c.Warnings {
		found = append(found, Finding{Severity: Warning, Problem: w})
	}
	for _, l := range c.Rules.Languages {
		if !slices.Contains(prompts.Languages(), string(l)) {
			found = append(found, fault("remove it; there are "+strings.Join(prompts.Languages(), ", "),
				"languages: there are no phrases in %s", l))
		}
	}
	found = append(found, s.checkDaemon()...)
	found = append(found, checkAMI(c.AMI)...)
	return append(found, checkWebhook(ctx, c)...)
}

// webhookWithin bounds the way to the webhook.
const webhookWithin = 3 * time.Second

// checkWebhook looks whether the program that is told of events can be reached. It is sent nothing.
func checkWebhook(ctx context.Context, c *config.Config) []Finding {
	h := c.Supervisors.Webhook
	if h.URL == "" || len(h.Events) == 0 {
		return nil
	}
	u, err := url.Parse(h.URL)
	if err != nil {
		return nil // config has looked at it
	}
	ctx, cancel := context.WithTimeout(ctx, webhookWithin)
	defer cancel()
	dial := new(net.Dialer).DialContext
	if u.Scheme == "https" {
		dial = new(tls.Dialer).DialContext
	}
	conn, err := dial(ctx, "tcp", net.JoinHostPort(u.Hostname(), portOf(u)))
	if err == nil {
		conn.Close()
		return nil
	}
	fix := "start that program, or correct supervisors.webhook.url"
	if about, _ := certificate(err, "", false); about != "" {
		fix = "have its certificate signed by an authority that the system knows, or name others in the daemon's environment: SSL_CERT_FILE in /etc/default/kezek"
	}
	return []Finding{warning(fix, "supervisors.webhook.url: %s: supervisors get no events", plain(err))}
}
