package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kezek/config"
	"kezek/ops"
)

// A request of a command to the daemon: how long it may take, and how large
// the answer may be in bytes.
const (
	requestWithin = 5 * time.Second
	largestAnswer = 64 << 20
)

// clientFlags say where the daemon is and who asks.
type clientFlags struct{ url, token string }

func (f *clientFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "the daemon's address (default http:// and ops.listen of the config)")
	flags.StringVar(&f.token, "token", "", "token (default $KEZEK_TOKEN, then the least mighty of ops.tokens_file that will do); others on this machine can see it here")
}

// client asks the daemon over HTTP.
type client struct{ url, token string }

// client takes from the config what flags and environment do not tell, and
// from then on the clock of the command is the site's. Need is the role that
// the command's requests take.
func (a *app) client(f clientFlags, need config.Role) (*client, error) {
	c := &client{url: strings.TrimSuffix(f.url, "/"), token: f.token}
	if c.token == "" {
		c.token = os.Getenv("KEZEK_TOKEN")
	}
	if c.url != "" && c.token != "" {
		return c, nil
	}
	conf, err := loadConfig(a.configPath)
	if err != nil {
		return nil, fmt.Errorf("%w\nWithout the config this needs --url and a token in KEZEK_TOKEN", err)
	}
	a.zone = conf.Rules.Location
	if c.url == "" {
		c.url = "http://" + reachable(conf.Ops.Listen)
	}
	if c.token == "" {
		c.token = tokenFor(conf.Ops.Tokens, need)
	}
	return c, nil
}

// reachable is an address to connect to for one to listen on.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}

// tokenFor picks a token that may do no more than it has to.
func tokenFor(tokens []config.Token, need config.Role) string {
	roles := []config.Role{config.Viewer, config.Supervisor, config.Admin}
	for _, role := range roles[slices.Index(roles, need):] {
		for _, t := range tokens {
			if t.Role == role {
				return string(t.Token)
			}
		}
	}
	return ""
}

// get reads what the daemon says, with status 200 or one of those allowed.
func (c *client) get(ctx context.Context, path string, allowed ...int) ([]byte, error) {
	answer, _, err := c.send(ctx, http.MethodGet, path, nil, append(allowed, http.StatusOK)...)
	return answer, err
}

// order sends a supervisor's order that leaves nothing to show, and says that it is done.
func (a *app) order(cmd *cobra.Command, where clientFlags, method, path string, body any, said string) error {
	c, err := a.client(where, config.Supervisor)
	if err != nil {
		return err
	}
	return a.orderBy(cmd.Context(), c, method, path, body, said)
}

func (a *app) orderBy(ctx context.Context, c *client, method, path string, body any, said string) error {
	if _, _, err := c.send(ctx, method, path, body, http.StatusNoContent); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out, said)
	return err
}

// send sends a request, with a body in JSON unless it is nil, and reads what
// the daemon says with one of the statuses allowed.
func (c *client) send(ctx context.Context, method, path string, body any, allowed ...int) (answer []byte, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, 0, err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, sent)
	if err != nil {
		return nil, 0, usageError{fmt.Errorf("--url: %w", err)}
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, 0, c.unreached(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return nil, 0, c.unreached(err)
	}
	if !slices.Contains(allowed, response.StatusCode) {
		return nil, 0, c.refused(response, answer)
	}
	return answer, response.StatusCode, nil
}

// unreached says how to look when nobody answers.
func (c *client) unreached(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	const look = "look at: systemctl status kezek; journalctl -u kezek -n 50"
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("the daemon does not run at %s (connection refused); %s", c.url, look)
	}
	return fmt.Errorf("the daemon at %s does not answer: %w; %s", c.url, err, look)
}

// refused says what the daemon said.
func (c *client) refused(response *http.Response, body []byte) error {
	var p ops.Problem
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return fmt.Errorf("what answers at %s is not Kezek: %s", c.url, response.Status)
	}
	if response.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%s: %s; set KEZEK_TOKEN to one of the daemon's ops.tokens_file", c.url, p.Detail)
	}
	return fmt.Errorf("%s: %s", c.url, p.Detail)
}

// decoded is what the API answers.
func decoded[T any](body []byte) (T, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("the daemon's answer is not what this version of kezek knows: %w", err)
	}
	return v, nil
}

// items decodes a list.
func items[T any](body []byte) ([]T, error) {
	list, err := decoded[struct {
		Items []T `json:"items"`
	}](body)
	return list.Items, err
}
