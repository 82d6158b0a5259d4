package ops

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serve starts a real server and returns its URL.
func serve(t *testing.T, s *site) string {
	t.Helper()
	url, _ := serveCrowd(t, s)
	return url
}

func serveCrowd(t *testing.T, s *site) (url string, all *crowd) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all = newCrowd(l, s.bounds, s.proxies)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.serve(ctx, all, withVisitor) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String(), all
}

// dial connects from an address of this machine.
func dial(t *testing.T, from, url string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ended waits until the other side has closed a connection.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("it is not closed: %v", err)
	}
}

// ask sends a request over a connection and returns the status line.
func ask(t *testing.T, c net.Conn, token string) string {
	t.Helper()
	return askFor(t, c, "/api/v1/agents", token)
}

func askFor(t *testing.T, c net.Conn, path, token string) string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
	if token != "" {
		text += "Authorization: Bearer " + token + "\r\n"
	}
	if _, err := io.WriteString(c, text+"\r\n"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
	return line
}

// Thousands of connections from one address shut nobody out, and those with a token stay.
func TestAFloodOfConnections(t *testing.T) {
	s := newSite(t)
	s.bounds, s.reading = bounds{strangers: 8, perAddress: 4, known: 4, perToken: 3}, time.Minute // longer than the test waits
	url := serve(t, s)
	board := dial(t, "127.0.0.1", url)
	if got := ask(t, board, "seeing"); !strings.Contains(got, "200") {
		t.Fatal(got)
	}
	var flood []net.Conn
	for range 500 {
		flood = append(flood, dial(t, "127.0.0.2", url))
	}
	late := dial(t, "127.0.0.3", url)
	if got := ask(t, late, "steering"); !strings.Contains(got, "200") {
		t.Errorf("one who comes after them: %s", got)
	}
	if got := ask(t, board, "seeing"); !strings.Contains(got, "200") {
		t.Errorf("one who was there before them: %s", got)
	}
	for _, c := range flood[:len(flood)-s.bounds.strangers] {
		ended(t, c)
	}
}

// streams begins an event stream over a connection, which is in use from then on, and returns the status line.
func streams(t *testing.T, c net.Conn, token string) string {
	t.Helper()
	return askFor(t, c, "/api/v1/events", token)
}

// idle waits until so many connections are idle: one is only a moment after its answer has come.
func (c *crowd) idle(t *testing.T, want int) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		n := 0
		c.mu.Lock()
		for v := range c.known {
			if !v.idleSince.IsZero() {
				n++
			}
		}
		c.mu.Unlock()
		if n == want {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("%d connections are idle, want %d", n, want)
		}
	}
}

// At the bound of a token, or of all, an idle connection makes room, and one in use does not.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	s := newSite(t)
	s.bounds = bounds{strangers: 8, perAddress: 8, known: 4, perToken: 3}
	url, all := serveCrowd(t, s)
	var idle []net.Conn
	for i := range s.bounds.perToken {
		c := dial(t, "127.0.0.1", url)
		if got := ask(t, c, "seeing"); !strings.Contains(got, "200") {
			t.Fatal(got)
		}
		idle = append(idle, c)
		all.idle(t, i+1)
	}
	// All of the token's are idle: each that is needed takes the place of the one that is idle for longest.
	if got := ask(t, idle[0], "seeing"); !strings.Contains(got, "200") {
		t.Fatal(got)
	}
	all.idle(t, 3)
	for _, out := range []net.Conn{idle[1], idle[2], idle[0]} {
		if got := streams(t, dial(t, "127.0.0.1", url), "seeing"); !strings.Contains(got, "200") {
			t.Errorf("with idle connections of the token: %s", got)
		}
		ended(t, out)
	}
	if got := ask(t, dial(t, "127.0.0.1", url), "seeing"); !strings.Contains(got, "429") {
		t.Errorf("with all connections of the token in use: %s", got)
	}
	// The bound of all.
	last := dial(t, "127.0.0.1", url)
	if got := ask(t, last, "steering"); !strings.Contains(got, "200") {
		t.Errorf("the last place: %s", got)
	}
	all.idle(t, 1)
	if got := streams(t, dial(t, "127.0.0.1", url), "ruling"); !strings.Contains(got, "200") {
		t.Errorf("with an idle connection of another token: %s", got)
	}
	ended(t, last)
	if got := ask(t, dial(t, "127.0.0.1", url), "steering"); !strings.Contains(got, "429") {
		t.Errorf("with all connections in use: %s", got)
	}
}

// Each token has bounds of its own, also where two have the same name, or none.
func TestTokensOfOneNameShareNoBound(t *testing.T) {
	s := newSite(t)
	s.bounds = bounds{strangers: 8, perAddress: 8, known: 8, perToken: 1}
	s.SetTokens([]Token{{Secret: "one", Role: Viewer}, {Secret: "two", Role: Viewer}, {Secret: "three", Role: Viewer, Name: "board"}, {Secret: "four", Role: Viewer, Name: "board"}})
	url := serve(t, s)
	for _, token := range []string{"one", "two", "three", "four"} {
		if got := streams(t, dial(t, "127.0.0.1", url), token); !strings.Contains(got, "200") {
			t.Errorf("token %s: %s", token, got)
		}
	}
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if n := len(s.feed.streams); n != 4 {
		t.Errorf("the streams of 4 tokens have %d bounds", n)
	}
}

// Many come from the address of a proxy, so it has no bound of its own.
func TestATrustedProxyIsManyVisitors(t *testing.T) {
	s := newSite(t)
	s.bounds, s.reading = bounds{strangers: 8, perAddress: 2, known: 4, perToken: 4}, time.Minute
	s.proxies = proxies{netip.MustParsePrefix("10.9.8.7/32")}
	c := newCrowd(nil, s.bounds, s.proxies)
	for range 8 {
		from := netip.MustParseAddr("10.9.8.7")
		v := &visitor{crowd: c}
		v.place(from)
		if out := c.enter(v); out != nil {
			t.Error("one of the proxy's displaces another below the bound of all")
		}
	}
}

// An address has its bound, and of many the one that has most gives way.
func TestCrowd(t *testing.T) {
	c := newCrowd(nil, bounds{strangers: 6, perAddress: 3, known: 10, perToken: 10}, nil)
	come := func(addr string) (v, out *visitor) {
		v = &visitor{crowd: c, addr: netip.MustParseAddr(addr)}
		return v, c.enter(v)
	}
	first, _ := come("192.0.2.1")
	come("192.0.2.1")
	come("192.0.2.1")
	if _, out := come("192.0.2.1"); out != first {
		t.Errorf("the fourth of an address displaces %v, want its first", out)
	}
	come("192.0.2.2")
	come("192.0.2.2")
	if v, out := come("192.0.2.3"); out != nil {
		t.Errorf("the sixth of %d displaces %v", c.bounds.strangers, v)
	}
	if _, out := come("192.0.2.4"); out == nil || out.addr != first.addr {
		t.Errorf("%v goes, want one of the address that has most", out)
	}
	if len(c.strangers) != 6 {
		t.Errorf("%d strangers", len(c.strangers))
	}
}

// Where each address has one, the oldest gives way to one of a new address: the bound of all holds.
func TestCrowdOfManyAddresses(t *testing.T) {
	c := newCrowd(nil, bounds{strangers: 2, perAddress: 2, known: 10, perToken: 10}, nil)
	come := func(addr string) (v, out *visitor) {
		v = &visitor{crowd: c, addr: netip.MustParseAddr(addr)}
		return v, c.enter(v)
	}
	first, _ := come("192.0.2.1")
	come("192.0.2.2")
	if _, out := come("192.0.2.3"); out != first || len(c.strangers) != 2 {
		t.Errorf("%v goes and %d stay, want the first to go and 2 to stay", out, len(c.strangers))
	}
}

func TestBoundsLeaveAReserve(t *testing.T) {
	for _, descriptors := range []uint64{64, 100, 256, 1024, 4096, 65536, 1 << 40} {
		b := boundsFor(descriptors)
		if all := b.strangers + b.known; uint64(all) > descriptors/httpShare || b.strangers < 4 || b.known < 4 || b.perAddress < 2 || b.perToken < 2 {
			t.Errorf("of %d descriptors: %+v", descriptors, b)
		}
	}
	if boundsFor(65536) != plenty {
		t.Errorf("with the unit's LimitNOFILE: %+v", boundsFor(65536))
	}
}

// Without a token a connection serves one request, and has little time to send it.
func TestStrangersHaveLittleTime(t *testing.T) {
	s := newSite(t)
	s.reading = 100 * time.Millisecond
	url := serve(t, s)
	ended(t, dial(t, "127.0.0.1", url)) // says nothing
	slow := dial(t, "127.0.0.1", url)   // and one that says something now and then
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for range 1000 {
			if _, err := io.WriteString(slow, "X"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	select {
	case <-gone:
	case <-time.After(5 * time.Second):
		t.Error("a request that never ends is waited for")
	}
	for path, token := range map[string]string{"/": "", "/metrics": "", "/api/v1/agents": "wrong", "/none": ""} {
		r, _ := http.NewRequest("GET", url+path, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if !response.Close {
			t.Errorf("%s: the connection may be used again", path)
		}
	}
	r, _ := http.NewRequest("GET", url+"/api/v1/agents", nil)
	r.Header.Set("Authorization", "Bearer seeing")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.Close {
		t.Error("with a token the connection may not be used again")
	}
}
