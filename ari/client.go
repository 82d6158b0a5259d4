package ari

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

const (
	// requestWithin is the deadline of every request: Asterisk can hang one for ever.
	requestWithin = 5 * time.Second
	// idleWithin is below the time after which Asterisk closes an idle connection (15 s).
	idleWithin = 10 * time.Second
	// connections at most: Asterisk has a thread for each.
	connections = 32
)

// Client sends requests to Asterisk's REST interface. A call takes a dozen of
// them; fasthttp needs half the processor time of net/http for each.
type Client struct {
	url  string
	auth string
	http *fasthttp.Client
	// busy has a token for every request under way: fasthttp's own wait for a
	// connection can miss the one that becomes free.
	busy chan struct{}
	// names puts into a path what Asterisk calls that which we name otherwise; nil: nothing.
	names   func(path string) string
	request func(code string, took time.Duration)
}

// NewClient returns a client for the Asterisk of the options.
func NewClient(o Options) *Client {
	c := &Client{
		url:     strings.TrimSuffix(o.URL, "/"),
		auth:    basicAuth(o.Username, o.Password),
		busy:    make(chan struct{}, connections),
		request: o.Metrics.Request,
		http: &fasthttp.Client{
			MaxConnsPerHost:           2 * connections, // those that are just being closed count
			MaxIdleConnDuration:       idleWithin,
			MaxIdemponentCallAttempts: 1, // what was sent may have been done
			NoDefaultUserAgentHeader:  true,
			DisablePathNormalizing:    true, // ids are escaped
			TLSConfig:                 &tls.Config{RootCAs: o.CAs},
			Dial: func(address string) (net.Conn, error) {
				return fasthttp.DialDualStackTimeout(address, requestWithin)
			},
		},
	}
	if c.request == nil {
		c.request = func(string, time.Duration) {}
	}
	return c
}

func basicAuth(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// Error is a request that Asterisk answered with a refusal.
type Error struct {
	Method, Path string
	Status       int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %d %s", e.Method, e.Path, e.Status, e.Message)
}

// refusalOf is how Asterisk refused what err is about; empty if err is nil or something else.
func refusalOf(err error) Error {
	if e, is := errors.AsType[*Error](err); is {
		return *e
	}
	return Error{}
}

// Status is the HTTP status of Asterisk's refusal, 0 if err is nil or something else.
func Status(err error) int { return refusalOf(err).Status }

// gone reports whether err says that the channel, bridge or playback of a
// request does not exist any more, or is not ours any more.
func gone(err error) bool {
	e := refusalOf(err)
	return e.Status == http.StatusNotFound ||
		e.Status == http.StatusPreconditionFailed || // "Channel in invalid state": it is about to end
		e.Status == http.StatusBadRequest && e.Message == "Channel not found" ||
		e.Status == http.StatusInternalServerError && e.Message == "Failed to answer channel" || // the caller hangs up just now
		notInApp(err)
}

// notInApp: the channel lives, but somewhere else.
func notInApp(err error) bool {
	return strings.HasSuffix(refusalOf(err).Message, "not in Stasis application")
}

// path joins the segments of a path; ids may contain anything.
func path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// query appends parameters, given as names and values in turn, to a path.
func query(path string, namesAndValues ...string) string {
	var b strings.Builder
	b.WriteString(path)
	separator := byte('?')
	for i := 0; i < len(namesAndValues); i += 2 {
		b.WriteByte(separator)
		b.WriteString(namesAndValues[i])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(namesAndValues[i+1]))
		separator = '&'
	}
	return b.String()
}

func (c *Client) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

func (c *Client) post(ctx context.Context, path string) error {
	return c.do(ctx, http.MethodPost, path, nil, nil)
}

func (c *Client) delete(ctx context.Context, path string) error {
	return c.do(ctx, http.MethodDelete, path, nil, nil)
}

// do sends one request, never twice, and waits for its answer, [requestWithin] at most.
func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline := time.Now().Add(requestWithin)
	if sooner, ok := ctx.Deadline(); ok && sooner.Before(deadline) {
		deadline = sooner
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.Header.SetMethod(method)
	if c.names != nil {
		path = c.names(path)
	}
	req.SetRequestURI(c.url + path)
	req.Header.Set("Authorization", c.auth)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		req.Header.SetContentType("application/json")
		req.SetBodyRaw(raw)
	}
	began := time.Now()
	if err := c.send(ctx, req, resp, deadline); err != nil {
		c.request(codeOf(err), time.Since(began))
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	c.request(strconv.Itoa(resp.StatusCode()), time.Since(began))
	if resp.StatusCode() >= 300 {
		return refusal(method, path, resp)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(resp.Body(), into); err != nil {
		return fmt.Errorf("%s %s: answer: %w", method, path, err)
	}
	return nil
}

// send waits for one of the connections and uses it.
func (c *Client) send(ctx context.Context, req *fasthttp.Request, resp *fasthttp.Response, deadline time.Time) error {
	select {
	case c.busy <- struct{}{}:
	default:
		waiting, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		select {
		case c.busy <- struct{}{}:
		case <-waiting.Done():
			return waiting.Err()
		}
	}
	defer func() { <-c.busy }()
	return c.http.DoDeadline(req, resp, deadline)
}

func codeOf(err error) string {
	if n := net.Error(nil); errors.Is(err, fasthttp.ErrTimeout) || errors.As(err, &n) && n.Timeout() {
		return "timeout"
	}
	return "error"
}

// refusal reads what Asterisk says about a request that it refused.
func refusal(method, path string, resp *fasthttp.Response) error {
	e := &Error{Method: method, Path: path, Status: resp.StatusCode()}
	var said struct{ Message, Error string }
	_ = json.Unmarshal(resp.Body(), &said) // not every refusal explains itself
	e.Message = cmp.Or(said.Message+said.Error, http.StatusText(e.Status))
	return e
}
