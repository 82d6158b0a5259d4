package ami

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

// action is one that a client may ask for.
type action struct {
	name, synopsis string
	// order: it needs the right to write.
	order bool
	// do answers it, and reports how it ended.
	do func(c *session, ctx context.Context, m message) (packet, string)
}

// actions are all of them, by their names in small letters.
var actions = map[string]action{}

func init() {
	for _, a := range []action{
		{"Events", "Control Event Flow.", false, (*session).setEvents},
		{"ListCommands", "List available manager commands.", false, (*session).listCommands},
		{"Ping", "Keepalive command.", false, (*session).ping},
		{"QueueAdd", "Add interface to queue.", true, (*session).queueAdd},
		{"QueuePause", "Makes a queue member temporarily unavailable.", true, (*session).queuePause},
		{"QueuePenalty", "Set the penalty for a queue member.", true, (*session).queuePenalty},
		{"QueueRemove", "Remove interface from queue.", true, (*session).queueRemove},
		{"QueueStatus", "Show queue status.", false, (*session).queueStatus},
		{"QueueSummary", "Show queue summary.", false, (*session).queueSummary},
	} {
		actions[strings.ToLower(a.name)] = a
	}
}

// act answers a message. It reports false if the session is over.
func (c *session) act(ctx context.Context, m message) (goes bool) {
	name := m.get("Action")
	user := c.user.Load()
	switch word := strings.ToLower(name); {
	case word == "":
		c.send(failure(m, "Missing action in request"))
		return true
	case word == "logoff":
		p := response(m, "Goodbye", "Thanks for all the fish.")
		c.send(p.end())
		return false
	case word == "login" && user != nil:
		c.send(success(m, "Already authenticated"))
		return true
	case word == "login":
		return c.logIn(ctx, m)
	case word == "challenge":
		c.send(c.challenge(m))
		return true
	case user == nil:
		c.send(failure(m, "Permission denied"))
		return true
	}
	a, there := actions[strings.ToLower(name)]
	switch {
	case !there:
		c.server.metrics.Action(ResultUnsupported)
		c.send(failuref(m, "Not supported by Kezek, which answers for its queues alone: %s. Use Action: ListCommands to show available commands.", cut(name, 80)))
	case a.order && !user.Write:
		c.server.metrics.Action(ResultRefused)
		c.send(failure(m, "Permission denied"))
	default:
		p, how := a.do(c, ctx, m)
		c.server.metrics.Action(how)
		c.send(p)
	}
	return true
}

// challenge begins a log-in by MD5.
func (c *session) challenge(m message) packet {
	if !strings.EqualFold(m.get("AuthType"), "MD5") {
		return failure(m, "Must specify AuthType")
	}
	if c.secret == "" {
		n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		c.secret = n.String()
	}
	p := response(m, "Success", "")
	p.field("Challenge", c.secret)
	return p.end()
}

// logIn lets a user in, or ends the session.
func (c *session) logIn(ctx context.Context, m message) bool {
	s, name := c.server, m.get("Username")
	how := LogInWrong
	switch u, right := c.proves(m, name); {
	case !s.guesses.looks(u.Name, time.Now()):
		how = LogInSlowed
	case !right:
		s.guesses.was(false, "", time.Now())
	case !s.welcome(c, u):
		how = LogInFull
	default:
		s.guesses.was(true, u.Name, time.Now())
		how = LogInAccepted
	}
	s.metrics.LogIn(how)
	if how != LogInAccepted {
		s.log.Warn("ami: log-in refused", zap.String("user", clean(cut(name, 80))), zap.String("why", how))
		c.punished.Store(true)
		select {
		case <-ctx.Done():
		case <-time.After(wrongPause):
		}
		text := "Authentication failed"
		if how == LogInFull {
			text = "Login Already In Use"
		}
		c.send(failure(m, text))
		return false
	}
	_ = c.conn.SetReadDeadline(time.Time{})
	select {
	case <-c.ending: // meanwhile
		return false
	default:
	}
	c.send(success(m, "Authentication accepted"))
	c.listen(m.get("Events"), maskAll)
	if mask(c.events.Load())&maskSystem != 0 {
		var p packet
		p.field("Event", "FullyBooted")
		p.field("Privilege", "system,all")
		p.field("Uptime", fmt.Sprint(seconds(time.Since(s.born))))
		p.field("LastReload", fmt.Sprint(seconds(time.Since(s.born))))
		p.field("Status", "Fully Booted")
		c.send(p.end())
	}
	return true
}

// proves looks whether a log-in knows the password of a user. It takes as long for a user that there is not.
func (c *session) proves(m message, name string) (u User, right bool) {
	for _, known := range c.server.settings.Load().Users {
		if known.Name == name {
			u = known
		}
	}
	proof, want := m.get("Secret"), u.Password
	if strings.EqualFold(m.get("AuthType"), "MD5") {
		sum := md5.Sum([]byte(c.secret + u.Password))
		proof, want = m.get("Key"), hex.EncodeToString(sum[:])
		if c.secret == "" {
			want = ""
		}
	}
	same := subtle.ConstantTimeCompare([]byte(proof), []byte(want)) == 1
	return u, same && want != "" && u.Name != ""
}

// listen sets which events are sent, of those that the user may have. Empty: otherwise.
func (c *session) listen(text string, otherwise mask) (m mask, ok bool) {
	m, ok = parseMask(text)
	if !ok {
		m = otherwise
	}
	may := mask(0)
	if c.user.Load().Read {
		may = maskAll
	}
	c.events.Store(int64(m & may))
	c.server.feed.nudge()
	return m, ok
}

func (c *session) setEvents(_ context.Context, m message) (packet, string) {
	set, ok := c.listen(m.get("EventMask"), mask(c.events.Load()))
	if !ok {
		return failure(m, "Invalid event mask"), ResultRefused
	}
	p := response(m, "Success", "")
	p.field("Events", map[bool]string{true: "On", false: "Off"}[set != 0])
	return p.end(), ResultDone
}

func (c *session) ping(_ context.Context, m message) (packet, string) {
	now := time.Now()
	p := response(m, "Success", "")
	p.field("Ping", "Pong")
	p.field("Timestamp", fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000))
	return p.end(), ResultDone
}

func (c *session) listCommands(_ context.Context, m message) (packet, string) {
	p := response(m, "Success", "")
	for _, word := range slices.Sorted(maps.Keys(actions)) {
		switch a := actions[word]; {
		case !a.order:
			p.field(a.name, a.synopsis+" (Priv: <none>)")
		case c.user.Load().Write:
			p.field(a.name, a.synopsis+" (Priv: agent,all)")
		}
	}
	return p.end(), ResultDone
}

func (c *session) queueStatus(ctx context.Context, m message) (packet, string) {
	v, err := c.view(ctx)
	if err != nil {
		return c.unavailable(m, err)
	}
	return queueStatus(m, v, c.server.name), ResultDone
}

func (c *session) queueSummary(ctx context.Context, m message) (packet, string) {
	v, err := c.view(ctx)
	if err != nil {
		return c.unavailable(m, err)
	}
	return queueSummary(m, v), ResultDone
}

// unavailable tells that the rules could not be asked.
func (c *session) unavailable(m message, err error) (packet, string) {
	c.server.log.Warn("ami: no answer from the rules", zap.Error(err))
	return failure(m, "Kezek is not ready: "+err.Error()), ResultUnavailable
}
