package softphone

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// baresip is driven by its module ctrl_tcp: commands and events in JSON, each in a netstring.
type baresip struct {
	*Phone
	control string // host:port
	conn    net.Conn

	answering sync.Mutex // one command at a time
	answers   chan baresipAnswer
	message   sipMessage           // that is being told
	tags      map[string][2]string // by the id of a call: those of From and To in its 200 OK
}

type baresipAnswer struct {
	OK    bool   `json:"ok"`
	Data  string `json:"data"`
	Token string `json:"token"`
}

type baresipEvent struct {
	Type      string `json:"type"`
	Direction string `json:"direction"`
	ID        string `json:"id"`
	Peer      string `json:"peeruri"`
	Name      string `json:"peerdisplayname"`
	Param     string `json:"param"`
}

// Without a sound card the tone's file is the microphone, and sndfile writes what is heard. There is no jitter buffer:
// in a call that Asterisk passes on packet by packet between two phones baresip 1.0 sometimes drops all that comes after a
// change of the source, as late (not in Kezek's bridges).
const baresipConfig = `poll_method	epoll
sip_listen	%[1]s
net_interface	%[2]s
call_local_timeout	120
call_max_calls	4
audio_source	aufile,%[3]s
audio_buffer	20-160
jitter_buffer_delay	0-0
rtp_stats	no
module_path	%[4]s
module	g711.so
module	aufile.so
module	sndfile.so
module	ctrl_tcp.so
module_app	menu.so
ctrl_tcp_listen	%[5]s
snd_path	%[6]s
statmode_default	off
`

func (b *baresip) command() (*exec.Cmd, error) {
	program, err := exec.LookPath("baresip")
	if err != nil {
		return nil, err
	}
	var modules []string
	for _, lib := range []string{"/usr/lib", "/usr/lib/*"} {
		found, _ := filepath.Glob(lib + "/baresip/modules") // fails on a bad pattern only
		modules = append(modules, found...)
	}
	if len(modules) == 0 {
		return nil, fmt.Errorf("the modules of baresip: %w", os.ErrNotExist)
	}
	sip, err := freePort("udp", b.Host)
	if err != nil {
		return nil, err
	}
	if b.control, err = freePort("tcp", b.Host); err != nil {
		return nil, err
	}
	b.answers, b.tags = make(chan baresipAnswer, 1), map[string][2]string{}
	config := fmt.Sprintf(baresipConfig, sip, b.Host, b.tone(), modules[0], b.control, b.recordings())
	if err := b.hearOnly(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(b.Dir, "config"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	return exec.Command(program, "-4", "-s", "-f", b.Dir), nil // -s: tells each message of SIP
}

// freePort is an address that nobody has at the moment.
func freePort(network, host string) (string, error) {
	if network == "udp" {
		c, err := net.ListenPacket(network, host+":0")
		if err != nil {
			return "", err
		}
		defer c.Close()
		return c.LocalAddr().String(), nil
	}
	l, err := net.Listen(network, host+":0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (b *baresip) register(ctx context.Context) error {
	for b.conn == nil {
		conn, err := net.Dial("tcp", b.control)
		if err == nil {
			b.conn = conn
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-b.ended:
			return fmt.Errorf("baresip has ended: %s", b.cmd.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("baresip at %s: %w (last: %v)", b.control, context.Cause(ctx), err)
		}
	}
	go b.listen(bufio.NewReader(b.conn))
	if _, err := b.ask(ctx, "uanew", fmt.Sprintf("<sip:%s@%s>;auth_user=%[1]s;auth_pass=%[3]s;regint=30;audio_codecs=pcma/8000/1;answermode=manual",
		b.Extension, b.Exchange, b.Password)); err != nil {
		return err
	}
	return b.await(ctx, "to be registered", func() bool { return b.registered })
}

// listen reads what baresip tells until it ends.
func (b *baresip) listen(from *bufio.Reader) {
	defer b.conn.Close()
	for {
		size, err := from.ReadString(':')
		n, bad := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil || bad != nil {
			return
		}
		text := make([]byte, n+1) // with the comma behind it
		if _, err := io.ReadFull(from, text); err != nil {
			return
		}
		text = text[:n]
		b.note(string(text))
		var a baresipAnswer
		if json.Unmarshal(text, &a) == nil && a.Token != "" {
			b.answers <- a
			continue
		}
		var e baresipEvent
		if json.Unmarshal(text, &e) == nil {
			b.event(e)
		}
	}
}

func (b *baresip) event(e baresipEvent) {
	b.change(func() {
		l := b.line(e.ID)
		if l == nil && e.ID != "" {
			l = &Line{phone: b.Phone, id: e.ID, incoming: e.Direction == "incoming", from: strings.TrimSpace(e.Name + " " + e.Peer)}
			b.lines = append(b.lines, l)
		}
		switch e.Type {
		case "REGISTER_OK":
			b.registered = true
		case "CALL_ESTABLISHED":
			l.state = talking
		case "CALL_CLOSED", "TRANSFER_FAILED": // on the latter it hangs up, and does not tell so
			l.state = over
		}
	})
}

// ask sends a command and returns what baresip says to it.
func (b *baresip) ask(ctx context.Context, command, params string) (string, error) {
	b.answering.Lock()
	defer b.answering.Unlock()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": "1"})
	if err != nil {
		return "", err
	}
	b.note("> " + string(text))
	if _, err := fmt.Fprintf(b.conn, "%d:%s,", len(text), text); err != nil {
		return "", err
	}
	select {
	case a := <-b.answers:
		if !a.OK {
			return "", fmt.Errorf("baresip refuses %s %s: %s", command, params, a.Data)
		}
		return a.Data, nil
	case <-b.ended:
		return "", fmt.Errorf("baresip has ended: %s", b.cmd.ProcessState)
	case <-ctx.Done():
		return "", fmt.Errorf("baresip does not answer to %s: %w", command, context.Cause(ctx))
	}
}

var baresipCommands = map[act]string{
	dial: "dial", answer: "accept", hangUp: "hangup", hold: "hold", resume: "resume", keys: "sndcode", transfer: "transfer", join: "transfer",
}

func (b *baresip) do(ctx context.Context, a act, l *Line, with string) error {
	if a == join {
		uri, err := b.replacing(with)
		if err != nil {
			return err
		}
		with = uri
	}
	// It does everything to its current call.
	b.mu.Lock()
	choose := l != nil && slices.ContainsFunc(b.lines, func(o *Line) bool { return o != l && o.state != over })
	b.mu.Unlock()
	if choose {
		if _, err := b.ask(ctx, "callfind", l.id); err != nil {
			return err
		}
	}
	_, err := b.ask(ctx, baresipCommands[a], with)
	return err
}

// recordings is the folder with what is heard. Two calls that begin in the same second share a file.
func (b *baresip) recordings() string { return filepath.Join(b.Dir, "heard") }

func (b *baresip) heard() []string {
	files, _ := filepath.Glob(filepath.Join(b.recordings(), "dump-*-dec.wav")) // fails on a bad pattern only
	return files
}

// hearOnly keeps sndfile from writing what is said. It would write nothing any
// more after the first hold: that ends the filter of what is heard, and baresip
// begins it again only if there is none for what is said. A folder of the
// file's name hinders it, one for each second in which a call may begin.
func (b *baresip) hearOnly() error {
	now := time.Now()
	for at := now.Add(-time.Second); at.Before(now.Add(10 * time.Minute)); at = at.Add(time.Second) {
		if err := os.MkdirAll(filepath.Join(b.recordings(), at.Format("dump-2006-01-02-15-04-05-enc.wav")), 0o755); err != nil {
			return err
		}
	}
	return nil
}
