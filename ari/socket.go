package ari

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"kezek/queue"
)

const (
	// pingEvery and pingWithin find a dead connection: Asterisk never pings.
	pingEvery  = 5 * time.Second
	pingWithin = 5 * time.Second
	// largestEvent is far above what Asterisk sends; it bounds the memory that a fault can take.
	largestEvent = 1 << 20
)

// socket is a connected event socket.
type socket struct{ conn *websocket.Conn }

// dialer connects event sockets to one Asterisk.
type dialer struct {
	url    string
	header http.Header
	http   *http.Client
}

func newDialer(o *Options) *dialer {
	return &dialer{
		url:    "ws" + strings.TrimPrefix(strings.TrimSuffix(o.URL, "/"), "http") + "/events?",
		header: http.Header{"Authorization": {basicAuth(o.Username, o.Password)}},
		http: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: o.CAs}, IdleConnTimeout: idleWithin,
		}},
	}
}

// dial connects the event socket of an app. From then on Asterisk keeps calls for it.
func (d *dialer) dial(ctx context.Context, app string) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	address := d.url + url.Values{"app": {app}, "subscribeAll": {"false"}}.Encode()
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPHeader: d.header, HTTPClient: d.http})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, &Error{Method: "GET", Path: "/events", Status: resp.StatusCode, Message: http.StatusText(resp.StatusCode)}
		}
		return nil, fmt.Errorf("event socket: %w", err)
	}
	conn.SetReadLimit(largestEvent)
	return &socket{conn}, nil
}

// listen puts every event into the inbox, and at last why there are no more.
// The returned function closes the socket and waits until nothing more comes.
func (s *socket) listen(in *inbox, gen int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			_, raw, err := s.conn.Read(ctx)
			if err != nil {
				in.push(item{at: time.Now(), gen: gen, err: fmt.Errorf("event socket: %w", err)})
				return
			}
			in.push(item{at: time.Now(), gen: gen, raw: raw})
		}
	})
	running.Go(func() { s.ping(ctx) })
	return func() {
		_ = s.conn.Close(websocket.StatusNormalClosure, "") // it may be lost already
		cancel()
		running.Wait()
	}
}

// ping closes a socket whose other end does not answer, so that its reader ends.
func (s *socket) ping(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pingEvery):
		}
		within, cancel := context.WithTimeout(ctx, pingWithin)
		err := s.conn.Ping(within)
		cancel()
		if err != nil {
			s.conn.CloseNow()
			return
		}
	}
}

// item is what waits in the inbox: an event of a connection as it came, the
// end of a connection, or the outcome of an action of ours.
type item struct {
	at   time.Time // received
	gen  int       // of the connection
	raw  []byte
	err  error
	told queue.Event
}

// inbox is a queue without a bound: Asterisk closes a socket that is read too
// slowly, so events wait here and nowhere else. It has one reader.
type inbox struct {
	// wake has a token when something may be waiting.
	wake chan struct{}

	mu       sync.Mutex
	incoming []item
	outgoing []item // the reader's own
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

func (q *inbox) push(it item) {
	q.mu.Lock()
	q.incoming = append(q.incoming, it)
	q.mu.Unlock()
	q.token()
}

func (q *inbox) token() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *inbox) pop() (it item, ok bool) {
	if len(q.outgoing) == 0 {
		q.mu.Lock()
		q.outgoing, q.incoming = q.incoming, nil
		q.mu.Unlock()
		if len(q.outgoing) == 0 {
			return item{}, false
		}
	}
	it, q.outgoing = q.outgoing[0], q.outgoing[1:]
	return it, true
}
