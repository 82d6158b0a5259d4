package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

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
type clientFlags struct{ url, token, socket string }

func (f *clientFlags) add(cmd *cobra.Command) {
	give(cmd, &f.url, "url", "", urlForm, "the daemon's address, if it runs on another machine", nil)
	give(cmd, &f.token, "token", "", someForm, "token (default $KEZEK_TOKEN); other users of this machine can see it", nil)
	give(cmd, &f.socket, "socket", "", fileForm, "the daemon's socket (default ops.socket of the config)", nil)
}

// client asks the daemon.
type client struct {
	// url is where it asks over HTTP, at what is shown to people.
	url, at string
	token   string
	http    *http.Client
	// within is how long a request may take; 0 is requestWithin.
	within time.Duration
	// onSocket: it asks over the unix socket.
	onSocket bool
}

// stay keeps a request, and the token with it, from being led elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// isURL reports whether a daemon can be asked at a URL.
func isURL(at string) bool {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	port, err := strconv.ParseUint(cmp.Or(u.Port(), "80"), 10, 16)
	return err == nil && port != 0
}

// overHTTP is a client for a URL.
func overHTTP(at, token string) (*client, error) {
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, usageError{errors.New("the token of --token or KEZEK_TOKEN holds a blank, a line break or another sign that no token has")}
	}
	at = strings.TrimSuffix(at, "/")
	return &client{url: at, at: at, token: token, http: &http.Client{CheckRedirect: stay}}, nil
}

// overSocket is a client for a unix socket, where the daemon sees by itself who asks.
func overSocket(path string) *client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &client{
		url: "http://localhost", at: path, onSocket: true,
		http: &http.Client{CheckRedirect: stay, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}},
	}
}

// client finds the daemon: where flags and environment say, or by its socket, or at ops.listen
// of the config; from then on the clock of the command is the site's. Need is the role that the
// command's requests take.
//
// The socket of this machine goes before a token of the config's: it tells the daemon who gives an
// order, where a token that was only found would tell of another person. It works while the file
// on disk is faulty, too.
func (a *app) client(ctx context.Context, f clientFlags, need config.Role) (*client, error) {
	token := cmp.Or(f.token, os.Getenv("KEZEK_TOKEN"))
	conf, fault := loadConfig(a.configPath)
	if fault == nil {
		a.zone = conf.Rules.Location
	}
	c, err := a.find(ctx, f, token, need, conf, fault)
	if err == nil && fault != nil {
		a.zone = c.zone(ctx)
	}
	return c, err
}

// find is [app.client] once the config is read, or could not be.
func (a *app) find(ctx context.Context, f clientFlags, token string, need config.Role, conf *config.Config, fault error) (*client, error) {
	switch {
	case f.url != "" && f.socket != "":
		return nil, usageError{errors.New("--url and --socket: want one of them")}
	case f.socket != "":
		return overSocket(f.socket), nil
	case f.url != "" && token != "":
		return overHTTP(f.url, token)
	case f.url != "" && fault != nil:
		return nil, fmt.Errorf("%w\nWithout the config --url needs a token in KEZEK_TOKEN", fault)
	case f.url != "":
		if u, err := url.Parse(f.url); err == nil && !loopback(u.Hostname()) {
			return nil, usageError{errors.New("--url: the tokens of this machine's config are not sent to another: set KEZEK_TOKEN")}
		}
		return a.borrow(f.url, need, conf)
	case token != "" && fault == nil:
		return overHTTP("http://"+reachable(conf.Ops.Listen), token)
	case fault == nil:
		if conf.Ops.Socket != "" && answers(ctx, conf.Ops.Socket) {
			return overSocket(conf.Ops.Socket), nil
		}
		return a.borrow("http://"+reachable(conf.Ops.Listen), need, conf)
	}
	all, _ := filepath.Glob(filepath.Join(a.sockets, "*.sock")) // fails on a wrong pattern only
	all = slices.DeleteFunc(all, func(path string) bool { return !answers(ctx, path) })
	switch len(all) {
	case 0:
		return nil, fmt.Errorf("%w\nNo daemon that you may use has its socket in %s: without the config this needs --socket, or --url and a token in KEZEK_TOKEN", fault, a.sockets)
	case 1:
	default:
		return nil, usageError{fmt.Errorf("the config cannot be used, and several daemons run here: choose one with --socket: %s", strings.Join(all, ", "))}
	}
	first, _, _ := strings.Cut(fault.Error(), "\n")
	a.note("the config on disk cannot be used (%s); asking the running daemon at the socket %s", first, all[0])
	return overSocket(all[0]), nil
}

// borrow asks with a token of the config, which only looks: an order would be recorded as that of another person.
func (a *app) borrow(at string, need config.Role, conf *config.Config) (*client, error) {
	if need != config.Viewer {
		return nil, fmt.Errorf("orders are recorded with a name: yours is known at the daemon's socket (%s), which does not answer you; or set KEZEK_TOKEN to your own token",
			cmp.Or(conf.Ops.Socket, "ops.socket is empty"))
	}
	return overHTTP(at, tokenFor(conf.Ops.Tokens, need))
}

// answers reports whether somebody listens on a unix socket, and lets us in.
func answers(ctx context.Context, path string) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// zone is the site's clock as the daemon knows it; nil if it does not say.
func (c *client) zone(ctx context.Context) *time.Location {
	body, err := c.get(ctx, "/readyz", http.StatusServiceUnavailable)
	if err != nil {
		return nil // the command's own request will say why
	}
	r, err := decoded[ops.Readiness](body)
	if err != nil || r.Timezone == "" {
		return nil
	}
	zone, _ := time.LoadLocation(r.Timezone) // nil if this machine does not know it
	return zone
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
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
	roles := config.Roles
	for _, role := range roles[slices.Index(roles, need):] {
		for _, t := range tokens {
			if t.Role == role && len(t.Queues) == 0 && (t.Ends.IsZero() || time.Now().Before(t.Ends)) {
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

// send sends a supervisor's order, see [client.send].
func (a *app) send(cmd *cobra.Command, where clientFlags, method, path string, body any, allowed ...int) (answer []byte, status int, err error) {
	c, err := a.client(cmd.Context(), where, config.Supervisor)
	if err != nil {
		return nil, 0, err
	}
	return c.send(cmd.Context(), method, path, body, allowed...)
}

// order sends an order that leaves nothing to show, and says that it is done.
func (a *app) order(cmd *cobra.Command, where clientFlags, method, path string, body any, said string) error {
	if _, _, err := a.send(cmd, where, method, path, body, http.StatusNoContent); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.out, printable(said))
	return err
}

// send sends a request, with a body in JSON unless it is nil, and reads what
// the daemon says with one of the statuses allowed.
func (c *client) send(ctx context.Context, method, path string, body any, allowed ...int) (answer []byte, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.within, requestWithin))
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
		return nil, 0, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return nil, 0, c.unreached(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	switch {
	case err != nil:
		return nil, 0, c.unreached(err)
	case len(answer) > largestAnswer:
		return nil, 0, fmt.Errorf("what answers at %s is not Kezek: it sends more than %d MB", c.at, largestAnswer>>20)
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
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the daemon at %s does not answer within %v; %s", c.at, cmp.Or(c.within, requestWithin), look)
	case strings.Contains(err.Error(), "malformed"), strings.Contains(err.Error(), "connection broken"), errors.Is(err, io.ErrUnexpectedEOF): // net/http has no error to tell it by
		return fmt.Errorf("what answers at %s is not Kezek: it does not speak proper HTTP, or closed the connection", c.at)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("the daemon does not run at %s (connection refused); %s", c.at, look)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("no permission to open %s: it is for root and the group of the daemon", c.at)
	case c.onSocket && errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the daemon does not run at %s (no such socket); %s", c.at, look)
	}
	return fmt.Errorf("the daemon at %s does not answer: %w; %s", c.at, err, look)
}

// refused says what the daemon said.
func (c *client) refused(response *http.Response, body []byte) error {
	if to := response.Header.Get("Location"); response.StatusCode/100 == 3 {
		return fmt.Errorf("what answers at %s redirects to %q (%s), and the token is not sent there: correct --url", c.at, printable(to), printable(response.Status))
	}
	var p ops.Problem
	if json.Unmarshal(body, &p) != nil || p.Detail == "" {
		return fmt.Errorf("what answers at %s is not Kezek: %s", c.at, printable(response.Status))
	}
	detail := printable(p.Detail)
	if response.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%s: %s; set KEZEK_TOKEN to one of the daemon's ops.tokens_file", c.at, detail)
	}
	return fmt.Errorf("%s: %s", c.at, detail)
}

// decoded is what the API answers.
func decoded[T any](body []byte) (T, error) {
	var v T
	if string(bytes.TrimSpace(body)) == "null" {
		return v, errors.New("this version of kezek does not understand the daemon's answer: null")
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("this version of kezek does not understand the daemon's answer: %s", inWords(err))
	}
	return v, nil
}

// inWords says what is wrong with JSON without the words of Go.
func inWords(err error) string {
	syntax, wrong := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	switch {
	case errors.As(err, &syntax):
		return syntax.Error()
	case errors.As(err, &wrong):
		return printable(strings.TrimSpace(wrong.Field + " must not be a " + wrong.Value))
	}
	return "a time or a value in it is invalid"
}

// items decodes a list.
func items[T any](body []byte) ([]T, error) {
	list, err := decoded[struct {
		Items []T `json:"items"`
	}](body)
	return list.Items, err
}
