package softphone

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// linphone is driven by the console of linphonec.
type linphone struct {
	*Phone
	console io.WriteCloser
}

const linphoneConfig = `[sip]
sip_port=-1
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
bind_address=%[1]s
guess_hostname=0
contact=sip:%[2]s@%[1]s
media_encryption=none
[rtp]
audio_rtp_port=-1
video_rtp_port=-1
bind_address=%[1]s
[net]
mtu=1500
[sound]
echocancellation=0
[video]
enabled=0
automatically_initiate=0
automatically_accept=0
`

func (l *linphone) command() (*exec.Cmd, error) {
	program, err := exec.LookPath("linphonec")
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{".config/linphone", ".local/share/linphone"} { // it does not start without
		if err := os.MkdirAll(filepath.Join(l.Dir, dir), 0o755); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(l.Dir, "linphonerc")
	if err := os.WriteFile(config, fmt.Appendf(nil, linphoneConfig, l.Host, l.Extension), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "-c", config)
	cmd.Env = append(os.Environ(), "HOME="+l.Dir)
	l.console, err = cmd.StdinPipe()
	return cmd, err
}

func (l *linphone) register(ctx context.Context) error {
	for _, command := range []string{
		"soundcard use files", "play " + l.tone(), "record " + l.recording(),
		fmt.Sprintf("register sip:%s@%s sip:%[2]s %[3]s", l.Extension, l.Exchange, l.Password),
	} {
		if err := l.say(command); err != nil {
			return err
		}
	}
	// It does not tell of itself when it is registered.
	asking, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for l.say("status register") == nil {
			select {
			case <-time.After(100 * time.Millisecond):
			case <-asking.Done():
				return
			}
		}
	}()
	return l.await(ctx, "to be registered", func() bool { return l.registered })
}

func (l *linphone) say(command string) error {
	l.note("> " + command)
	_, err := io.WriteString(l.console, command+"\n")
	return err
}

func (l *linphone) recording() string { return filepath.Join(l.Dir, "heard.wav") }

func (l *linphone) heard() []string { return []string{l.recording()} }

// What linphonec tells of calls, each by a number.
var (
	linphoneRegistered = regexp.MustCompile(`^(linphonec> )?registered, identity=`)
	linphoneNew        = regexp.MustCompile(`(Receiving new incoming call from|Establishing call id to) (.*), assigned id ([0-9]+)`)
	linphoneState      = regexp.MustCompile(`Call ([0-9]+) with .* (connected|ended|error)\b`)
)

func (l *linphone) output(line string) {
	l.change(func() {
		if linphoneRegistered.MatchString(line) {
			l.registered = true
		}
		if m := linphoneNew.FindStringSubmatch(line); m != nil {
			l.lines = append(l.lines, &Line{phone: l.Phone, id: m[3], from: m[2], incoming: strings.HasPrefix(m[1], "Receiving")})
		}
		if m := linphoneState.FindStringSubmatch(line); m != nil {
			if is := l.line(m[1]); is != nil && m[2] == "connected" {
				is.state = talking
			} else if is != nil {
				is.state = over
			}
		}
	})
}

func (l *linphone) do(_ context.Context, a act, line *Line, with string) error {
	switch a {
	case dial:
		return l.say("call " + with)
	case answer:
		return l.say("answer " + line.id)
	case hangUp:
		return l.say("terminate " + line.id)
	case hold:
		return l.say("pause") // the current call
	case resume:
		return l.say("resume " + line.id)
	case keys:
		return l.say(with)
	case transfer:
		return l.say("transfer " + line.id + " " + with)
	case join:
		return l.say("transfer " + line.id + " --to-call " + with)
	}
	return fmt.Errorf("linphone cannot do %d", a)
}
