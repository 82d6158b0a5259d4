package ami

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kezek/queue"
)

// target is the agent whom an order is about.
type target struct {
	id     string
	status queue.Status
	queues []string
	// pauses are the statuses that a reason may name, by their names, codes and titles in small letters.
	pauses map[string]queue.Status
}

// find is the agent of an interface: who is logged in there, else whose own phone it is. Its id is "" if there is none.
func (c *session) find(ctx context.Context, phone string) (t target, err error) {
	if err := c.turn(ctx); err != nil {
		return t, err
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	err = c.server.engine.View(ctx, func(s *queue.State) { t = targetAt(s, phone) })
	return t, err
}

// targetAt runs in the loop of the rules.
func targetAt(s *queue.State, phone string) (t target) {
	rules := s.Rules()
	for _, id := range slices.Sorted(maps.Keys(rules.Agents)) {
		if strings.EqualFold(rules.Agents[id].Endpoint, phone) {
			t.id = id
		}
	}
	for _, a := range s.Agents() {
		if a.Status != queue.StatusOffline && strings.EqualFold(a.Endpoint, phone) {
			t.id = a.ID
		}
	}
	r := rules.Agents[t.id]
	if r == nil {
		return target{}
	}
	for _, a := range s.Agents() {
		if a.ID == t.id {
			t.status = a.Status
		}
	}
	for _, in := range r.Queues {
		t.queues = append(t.queues, in.Queue)
	}
	t.pauses = map[string]queue.Status{}
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(rules.Statuses))) {
		table := rules.Statuses[name]
		if table.Code == "" {
			continue
		}
		for _, title := range table.Title {
			t.pauses[strings.ToLower(title)] = queue.Status(name)
		}
	}
	for name, table := range rules.Statuses { // a name goes before a title
		if table.Code != "" {
			t.pauses[strings.ToLower(name)] = queue.Status(name)
		}
	}
	return t
}

// loggedIn reports whether it is a member of a queue, or of any if queue is "".
func (t target) loggedIn(queue string) bool {
	return t.id != "" && t.status != "" && t.status != offline && (queue == "" || t.queue(queue) != "")
}

const offline = queue.StatusOffline

// queue is the name of one of the agent's queues, whatever its case; "" if it is none.
func (t target) queue(name string) string {
	for _, q := range t.queues {
		if strings.EqualFold(q, name) {
			return q
		}
	}
	return ""
}

// order asks the rules. It has the answer itself if it reports false: the rules' reason, in AMI's form of an error.
func (c *session) order(ctx context.Context, m message, about string, ev queue.Event) (packet, string, bool) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	answer, err := c.server.engine.Ask(ctx, ev)
	switch {
	case err != nil:
		p, how := c.unavailable(m, err)
		return p, how, false
	case answer.Refused != "":
		return failure(m, strings.ReplaceAll(answer.Refused.Words(), "%q", about)), ResultRefused, false
	}
	return nil, "", true
}

// by is the name under which orders are recorded.
func (c *session) by() string { return c.user.Load().Name }

func refused(m message, text string) (packet, string) { return failure(m, text), ResultRefused }

// queuePause gives an agent a status, or ends it. It is the agent's in all queues, whichever is named.
func (c *session) queuePause(ctx context.Context, m message) (packet, string) {
	phone, paused := m.get("Interface"), m.get("Paused")
	if phone == "" || paused == "" {
		return refused(m, "Need 'Interface' and 'Paused' parameters.")
	}
	t, err := c.find(ctx, phone)
	if err != nil {
		return c.unavailable(m, err)
	}
	if !t.loggedIn(m.get("Queue")) {
		return refused(m, "Interface not found")
	}
	if !isTrue(paused) {
		if p, how, ok := c.order(ctx, m, t.id, queue.SetStatus{Agent: t.id, Status: queue.StatusReady, By: c.by(), Bound: true}); !ok {
			return p, how
		}
		return success(m, "Interface unpaused successfully"), ResultDone
	}
	if p, how, ok := c.pause(ctx, m, t); !ok {
		return p, how
	}
	return success(m, "Interface paused successfully"), ResultDone
}

// pause gives an agent the status that the Reason names.
func (c *session) pause(ctx context.Context, m message, t target) (packet, string, bool) {
	reason := cut(clean(strings.TrimSpace(m.get("Reason"))), longestReason)
	status, named := t.pauses[strings.ToLower(reason)]
	if !named {
		status = c.server.settings.Load().PauseStatus
	}
	if status == "" {
		names := map[string]bool{}
		for _, s := range t.pauses {
			names[string(s)] = true
		}
		p, how := refused(m, "Reason: want the status that the agent takes: "+strings.Join(slices.Sorted(maps.Keys(names)), ", "))
		return p, how, false
	}
	return c.order(ctx, m, t.id, queue.SetStatus{Agent: t.id, Status: status, By: c.by(), Reason: reason, Bound: true})
}

// longestReason is app_queue's, in bytes.
const longestReason = 80

// queueAdd logs an agent in, at their own phone, and so into all of their queues.
func (c *session) queueAdd(ctx context.Context, m message) (packet, string) {
	name, phone := m.get("Queue"), m.get("Interface")
	switch {
	case name == "":
		return refused(m, "'Queue' not specified.")
	case phone == "":
		return refused(m, "'Interface' not specified.")
	}
	v, err := c.view(ctx)
	if err != nil {
		return c.unavailable(m, err)
	}
	if v.line(name) == nil {
		return refused(m, "Unable to add interface to queue: No such queue")
	}
	t, err := c.find(ctx, phone)
	switch {
	case err != nil:
		return c.unavailable(m, err)
	case t.id == "":
		return refused(m, "Interface: no agent of the config has this phone")
	case t.queue(name) == "":
		return refused(m, queue.RefusalNotMember.Words())
	case t.loggedIn(""):
		return refused(m, "Unable to add interface: Already there")
	}
	if p, how, ok := c.order(ctx, m, t.id, queue.LogIn{Agent: t.id, Trusted: true, By: c.by()}); !ok {
		return p, how
	}
	// Panels send the penalty 0 with each QueueAdd: it stands for that of the config.
	if n, err := strconv.Atoi(m.get("Penalty")); err == nil && n > 0 {
		ev := queue.SetPenalty{Agent: t.id, Queue: t.queue(name), Penalty: n, By: c.by()}
		if p, how, ok := c.order(ctx, m, t.id, ev); !ok {
			return p, how
		}
	}
	if isTrue(m.get("Paused")) {
		if p, how, ok := c.pause(ctx, m, t); !ok {
			return p, how
		}
	}
	return success(m, "Added interface to queue"), ResultDone
}

// queueRemove logs an agent out, after the call if there is one.
func (c *session) queueRemove(ctx context.Context, m message) (packet, string) {
	name, phone := m.get("Queue"), m.get("Interface")
	if name == "" || phone == "" {
		return refused(m, "Need 'Queue' and 'Interface' parameters.")
	}
	v, err := c.view(ctx)
	if err != nil {
		return c.unavailable(m, err)
	}
	if v.line(name) == nil {
		return refused(m, "Unable to remove interface from queue: No such queue")
	}
	t, err := c.find(ctx, phone)
	switch {
	case err != nil:
		return c.unavailable(m, err)
	case !t.loggedIn(name):
		return refused(m, "Unable to remove interface: Not there")
	}
	if p, how, ok := c.order(ctx, m, t.id, queue.LogOut{Agent: t.id, By: c.by(), Bound: true}); !ok {
		return p, how
	}
	return success(m, "Removed interface from queue"), ResultDone
}

// queuePenalty sets the penalty of an agent in a queue, or in all of theirs.
func (c *session) queuePenalty(ctx context.Context, m message) (packet, string) {
	phone, penalty := m.get("Interface"), m.get("Penalty")
	if phone == "" || penalty == "" {
		return refused(m, "Need 'Interface' and 'Penalty' parameters.")
	}
	t, err := c.find(ctx, phone)
	if err != nil {
		return c.unavailable(m, err)
	}
	n, wrong := strconv.Atoi(penalty)
	if wrong != nil || n < 0 || !t.loggedIn(m.get("Queue")) {
		return refused(m, "Invalid interface, queuename or penalty")
	}
	in := t.queues
	if name := m.get("Queue"); name != "" {
		in = []string{t.queue(name)}
	}
	for _, q := range in {
		if p, how, ok := c.order(ctx, m, t.id, queue.SetPenalty{Agent: t.id, Queue: q, Penalty: n, By: c.by()}); !ok {
			return p, how
		}
	}
	return success(m, "Interface penalty set successfully"), ResultDone
}
