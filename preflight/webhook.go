package preflight

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"time"

	"kezek/config"
)

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
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	ctx, cancel := context.WithTimeout(ctx, webhookWithin)
	defer cancel()
	address := net.JoinHostPort(u.Hostname(), port)
	var conn net.Conn
	if u.Scheme == "https" {
		conn, err = new(tls.Dialer).DialContext(ctx, "tcp", address)
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	if err == nil {
		conn.Close()
		return nil
	}
	fix := "start that program, or correct supervisors.webhook.url"
	if certificateFix(err, "", false) != "" {
		fix = "have its certificate signed by an authority that the system knows, or name others in the daemon's environment: SSL_CERT_FILE in /etc/default/kezek"
	}
	return []Finding{warning(fix, "supervisors.webhook.url: %s: supervisors get no events", plain(err))}
}
