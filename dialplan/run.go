package dialplan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"kezek/queue"
)

// How long things may take.
const (
	helloTime  = 5 * time.Second  // for Asterisk to describe the channel
	replyTime  = 5 * time.Second  // for a command to be answered, beside the time it plays or waits
	deskTime   = 5 * time.Second  // for the rules to answer
	playTime   = 20 * time.Second // the longest phrase takes ten
	promptTime = 10 * time.Second // for the words that ask for keys
	pinPause   = 5 * time.Second  // without a key, after which the PIN is taken as complete
	runTime    = 2 * time.Minute  // for all of it; then Asterisk goes on without us
)

const (
	maxPIN   = 16 // keys, a number before it among them
	pinTries = 3
)

// request is a dialled code.
type request struct {
	code  string // without the star
	phone string // "PJSIP/1012"
	// arg is what was dialled after the code in one go: PIN or NUMBER*PIN, or an agent's number.
	arg string
	// key is the lamp of the status key (BLF) that was pressed, if it was one.
	key string
	// channel of the phone.
	channel string
}

var (
	codeForm    = regexp.MustCompile(`^[0-9]{2}$`)
	phoneForm   = regexp.MustCompile(`^[A-Za-z0-9]{1,20}/[^\s[:cntrl:]/]{0,80}$`)
	argForm     = regexp.MustCompile(`^[0-9*]{0,48}$`)
	channelForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,150}$`)
	keyForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{0,100}$`)
)

// parseRequest reads what the context kezek-code sends.
func parseRequest(env map[string]string) (request, error) {
	r := request{
		code:    env["agi_network_script"],
		phone:   env["agi_arg_1"],
		arg:     env["agi_arg_2"],
		key:     env["agi_arg_3"],
		channel: env["agi_uniqueid"],
	}
	switch {
	case !codeForm.MatchString(r.code):
		return r, fmt.Errorf("agi_network_script is %.40q; allowed: a code of two digits", r.code)
	case !phoneForm.MatchString(r.phone):
		return r, fmt.Errorf("agi_arg_1 is %.40q; allowed: technology/endpoint", r.phone)
	case !argForm.MatchString(r.arg):
		return r, errors.New("agi_arg_2 is neither a PIN nor an agent's number") // and not told, for it may be one
	case !keyForm.MatchString(r.key):
		return r, fmt.Errorf("agi_arg_3 is %.40q; allowed: the name of a lamp", r.key)
	case r.channel != "" && !channelForm.MatchString(r.channel):
		return r, fmt.Errorf("agi_uniqueid is %.40q; allowed: a channel's id", r.channel)
	}
	return r, nil
}

// run is one dialled code, from the first line to the last phrase.
type run struct {
	*link
	request
	server *Server
	rules  *queue.Rules
	// agent is the one that the phone belongs to; nil if it is nobody's.
	agent *queue.AgentRules
	log   *zap.Logger
}

// handle serves one connection. On an error nothing was said, or not all of
// it, and the dialplan tells the agent so.
func (s *Server) handle(ctx context.Context, g *guest) error {
	l, err := open(g.conn)
	if err != nil {
		return err
	}
	req, err := parseRequest(l.agi.Variables)
	if err != nil {
		return err
	}
	rules := s.o.Rules()
	inConfig := rules.IsPhone(req.phone)
	pushed, err := s.guests.introduce(g, req.phone, inConfig)
	if err != nil {
		return fmt.Errorf("code *%s of %s: %w", req.code, req.phone, err)
	}
	if pushed != nil {
		s.log.Warn("agi: too many codes in progress, the oldest was closed", zap.String("phone", req.phone), zap.Bool("in_config", inConfig))
		pushed.conn.Close()
	}
	if !inConfig {
		l.end = l.end.Add(visitTime - runTime)
	}
	r := &run{
		link: l, request: req, server: s, rules: rules, agent: rules.AgentByEndpoint(req.phone),
		log: s.log.With(zap.String("code", "*"+req.code), zap.String("phone", req.phone)),
	}
	// The dialplan gives a silent daemon little time.
	if err := r.set("TIMEOUT(absolute)", strconv.Itoa(int(runTime.Seconds()))); err != nil {
		return err
	}
	if err := r.do(ctx); err != nil {
		return fmt.Errorf("code *%s of %s: %w", req.code, req.phone, err)
	}
	return r.set("KEZEK_SAID", "yes")
}

func (r *run) do(ctx context.Context) error {
	switch r.code {
	case "00": // a status key: its lamp says which
		return r.tell(ctx, r.statusKey())
	case "10":
		return r.logIn(ctx)
	case "11":
		return r.tell(ctx, queue.LogOut{Phone: r.phone})
	case "12":
		return r.tell(ctx, queue.SetStatus{Phone: r.phone, Status: queue.StatusReady})
	case "13":
		return r.tell(ctx, queue.AskState{Phone: r.phone})
	case "14":
		return r.tell(ctx, queue.ExtendWrapUp{Phone: r.phone})
	case "17":
		_, err := r.asSupervisor(ctx, func(who, pin string) (queue.Answer, error) {
			return r.ask(ctx, queue.NoticeCode{Phone: r.phone, Supervisor: who, PIN: pin})
		})
		return err
	case "81", "82", "83":
		return r.supervise(ctx)
	}
	if result, ok := strings.CutPrefix(r.code, "4"); ok {
		return r.tell(ctx, queue.SetResult{Phone: r.phone, Code: result})
	}
	return r.tell(ctx, queue.SetStatus{Phone: r.phone, Status: r.status()})
}

// status is the one that the code stands for. The rules refuse one that is not
// in the table, in the agent's language.
func (r *run) status() queue.Status {
	for name, s := range r.rules.Statuses {
		if s.Code == r.code {
			return queue.Status(name)
		}
	}
	return queue.Status("*" + r.code)
}

// statusKey is what a status key stands for. The rules refuse one of nobody's.
func (r *run) statusKey() queue.SetStatus {
	agent, status, known := r.rules.StatusOfLamp(r.key)
	if !known {
		return queue.SetStatus{Phone: r.phone, Status: queue.Status(r.key)}
	}
	return queue.SetStatus{Phone: r.phone, Status: status, Key: agent}
}

// logIn starts a shift, at the agent's own phone with the PIN alone.
func (r *run) logIn(ctx context.Context) error {
	who, pin := credentials(r.arg)
	return r.identify(ctx, who, pin, r.agent, func(who, pin string) (queue.Answer, error) {
		return r.ask(ctx, queue.LogIn{Phone: r.phone, Agent: who, PIN: pin})
	})
}

// modes are what the codes of supervisors stand for.
var modes = map[string]queue.MonitorMode{"81": queue.MonitorListen, "82": queue.MonitorWhisper, "83": queue.MonitorJoin}

// supervise lets a supervisor hear an agent.
func (r *run) supervise(ctx context.Context) error {
	agent := r.arg
	if agent == "" {
		var err error
		if agent, err = r.digits(r.sound("enter-agent-number"), pinPause, r.keys()); err != nil || agent == "" {
			return err
		}
	}
	ev := queue.Supervise{Phone: r.phone, Channel: r.channel, Mode: modes[r.code], Agent: agent}
	answer, err := r.asSupervisor(ctx, func(who, pin string) (queue.Answer, error) {
		ev.Supervisor, ev.PIN = who, pin
		return r.ask(ctx, ev)
	})
	if err != nil || answer.Refused != "" {
		return err
	}
	return r.set("KEZEK_LISTEN", "yes")
}

// asSupervisor asks the rules for what only supervisors may do. At a phone where none is
// logged in the supervisor identifies first. It returns the last answer, which was spoken.
func (r *run) asSupervisor(ctx context.Context, ask func(who, pin string) (queue.Answer, error)) (answer queue.Answer, err error) {
	answer, err = ask("", "")
	notDone := queue.Answer{Refused: queue.RefusalPINNeeded} // for all that is known
	if err != nil {
		return notDone, r.apologize(err)
	}
	if answer.Refused != queue.RefusalPINNeeded {
		return answer, r.say(answer.Say)
	}
	var own *queue.AgentRules
	if r.agent != nil && r.agent.Supervisor {
		own = r.agent
	}
	err = r.identify(ctx, "", "", own, func(who, pin string) (queue.Answer, error) {
		got, err := ask(who, pin)
		if answer = got; err != nil {
			answer = notDone
		}
		return got, err
	})
	return answer, err
}

// identify asks for the PIN, if own, the agent of this phone, has one and it was not
// dialled with the code. At a phone that is nobody's it asks for the agent's number
// first; at a colleague's phone the agent keys NUMBER*PIN. What the rules say to a wrong PIN
// is the prompt of the next try, because keys cut prompts short and are lost in other speech.
func (r *run) identify(ctx context.Context, who, pin string, own *queue.AgentRules, ask func(who, pin string) (queue.Answer, error)) error {
	if who == "" && own == nil {
		keys, err := r.digits(r.sound("enter-agent-number"), pinPause, r.keys())
		if err != nil || keys == "" {
			return err
		}
		if who, pin = credentials(keys); who == "" {
			who, pin = pin, ""
		}
	}
	first, needed := who, who != "" || own.PIN != ""
	prompt := r.sound("enter-pin")
	for try := 1; try <= pinTries; try++ {
		if pin == "" && needed {
			keys, err := r.digits(prompt, pinPause, r.keys())
			if err != nil {
				return err
			}
			if keys == "" {
				continue
			}
			who, pin = credentials(keys)
			who = cmp.Or(who, first)
		}
		answer, err := ask(who, pin)
		if err != nil {
			return r.apologize(err)
		}
		last := len(answer.Say) - 1
		if answer.Refused != queue.RefusalWrongPIN || try == pinTries || last < 0 {
			return r.say(answer.Say)
		}
		if err := r.say(answer.Say[:last]); err != nil {
			return err
		}
		pin, needed, prompt = "", true, r.server.o.Sound(answer.Say[last])
	}
	return nil // no key was pressed
}

// keys is the largest number of keys that identify an agent: NUMBER*PIN.
func (r *run) keys() (most int) {
	for id, a := range r.rules.Agents {
		most = max(most, len(id)+len("*")+len(a.PIN))
	}
	return min(most, maxPIN)
}

// credentials are NUMBER*PIN, or a PIN alone.
func credentials(keys string) (number, pin string) {
	if number, pin, both := strings.Cut(keys, "*"); both {
		return number, pin
	}
	return "", keys
}

// tell hands an event to the rules and speaks the answer.
func (r *run) tell(ctx context.Context, ev queue.Event) error {
	answer, err := r.ask(ctx, ev)
	if err != nil {
		return r.apologize(err)
	}
	return r.say(answer.Say)
}

// ask asks the rules. A phone that hangs up meanwhile does not take back what was asked.
func (r *run) ask(ctx context.Context, ev queue.Event) (queue.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, deskTime)
	defer cancel()
	answer, err := r.server.o.Desk.Ask(ctx, ev)
	if err == nil {
		r.log.Debug("code", zap.String("refused", string(answer.Refused)))
	}
	return answer, err
}

// apologize says that Kezek cannot do it now.
func (r *run) apologize(cause error) error {
	r.log.Warn("code not done", zap.Error(cause))
	return r.play(r.sound("service-unavailable"))
}

func (r *run) say(phrases []queue.Phrase) error {
	for _, p := range phrases {
		if err := r.play(r.server.o.Sound(p)); err != nil {
			return err
		}
	}
	return nil
}

// sound is the file of a phrase of our own, in the agent's language.
func (r *run) sound(id string) string {
	var l queue.Language
	switch {
	case r.agent != nil && r.agent.Speech != "":
		l = r.agent.Speech
	case len(r.rules.Languages) > 0:
		l = r.rules.Languages[0]
	}
	return r.server.o.Sound(queue.Phrase{ID: id, Language: l})
}
