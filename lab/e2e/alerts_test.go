package e2e

import (
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the history's driver, to lock its file

	"kezek/lab"
	"kezek/lab/phone"
	"kezek/queue"
)

// The numbers of the queues that alerts are about.
const (
	didAlertCalls  = "+996312900990"
	didAlertPhones = "+996312900991"
	didAlertTrunk  = "+996312900992"
)

var alertConfig = "queues:" +
	deskQueue("calls", didAlertCalls, "\n    service_level: {within: 1s, target: 80}\n    recording: {on: true, notice: false}\n    callback: {information: 1m, handle: 10s, give_back: 1s, instant: 50ms}\n    ring: {rest: 1s}") +
	deskQueue("phones", didAlertPhones, "\n    strategy: linear\n    ring: {broken: 1s, rest: 1s}") +
	deskQueue("trunk", didAlertTrunk, "\n    callback: {attempts: 1, retry_after: 10s, ring: 5s, instant: 50ms}") + `
trunk: {dial: "PJSIP/{number}@carrier", caller_id: "+996312900800", allow: ["^\\+996[0-9]{9}$"]}
agents:
  "1001": {queues: [calls], speech: ru}
  "1002": {queues: [calls], speech: ru}
  "1011": {queues: [phones], speech: ru}
  "1012": {queues: [phones], speech: ru}
  "1013": {queues: [trunk], speech: ru}
`

// monitored is a site that a real Prometheus watches, by the rules of kezek monitoring with all times divided by 120.
type monitored struct {
	*callbackSite
	prometheus *lab.Prometheus
	mu         sync.Mutex
	chat       []string
}

func openMonitored(t *testing.T) *monitored {
	t.Helper()
	m := &monitored{callbackSite: openCallbacks(t, alertConfig)}
	dir := filepath.Join(t.TempDir(), "monitoring")
	if out, errs, code := m.kezek(t, "monitoring", "--write", dir, "--scale", "120", "--calls", "8"); code != 0 {
		t.Fatal(code, out, errs)
	}
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m.mu.Lock()
		m.chat = append(m.chat, string(body))
		m.mu.Unlock()
		fmt.Fprint(w, `{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}`)
	}))
	t.Cleanup(bot.Close)
	host, _, err := net.SplitHostPort(m.OpsAddr)
	must(t, err)
	replace := func(name string, oldNew ...string) {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(strings.NewReplacer(oldNew...).Replace(string(text))), 0o600))
	}
	replace("prometheus.yaml", "127.0.0.1:9093", host+":9093")
	replace("alertmanager.yaml", "- bot_token:", "- api_url: "+bot.URL+"\n        bot_token:", "group_wait: 10s", "group_wait: 1s", "group_interval: 1m", "group_interval: 1s")
	m.prometheus, err = m.StartPrometheus(within(t, patience), dir)
	if err != nil {
		lab.SkipOrFail(t, err)
	}
	t.Cleanup(m.prometheus.Stop)
	eventually(t, "the first scrape", func() error { return m.prometheus.Sees(within(t, 5*time.Second)) })
	return m
}

// firing waits until each of the alerts fires, or until none does.
func (m *monitored) firing(t *testing.T, want bool, names ...string) {
	t.Helper()
	begun := time.Now()
	for _, name := range names {
		eventually(t, fmt.Sprintf("%s fires: %v", name, want), func() error {
			alerts, err := m.prometheus.Alerts(within(t, 5*time.Second))
			if err != nil {
				return err
			}
			is := false
			for _, a := range alerts {
				is = is || a.Labels["alertname"] == name && a.State == "firing"
			}
			if is != want {
				return fmt.Errorf("the alerts are %v", alerts)
			}
			return nil
		})
	}
	t.Logf("%v after %.1f s: %v", map[bool]string{true: "fires", false: "is over"}[want], time.Since(begun).Seconds(), names)
}

func (m *monitored) fires(t *testing.T, names ...string) { t.Helper(); m.firing(t, true, names...) }
func (m *monitored) over(t *testing.T, names ...string)  { t.Helper(); m.firing(t, false, names...) }

// reads waits until the chat has a message with both texts.
func (m *monitored) reads(t *testing.T, texts ...string) {
	t.Helper()
	eventually(t, "a message in the chat", func() error {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, message := range m.chat {
			has := true
			for _, text := range texts {
				has = has && strings.Contains(message, text)
			}
			if has {
				return nil
			}
		}
		return fmt.Errorf("the chat is %q", m.chat)
	})
}

// TestAlerts drives the daemon, and what it stands on, into each state that somebody must be told of. The alert fires on a real Prometheus,
// by the rules that Kezek gives out, and is over when the state is.
func TestAlerts(t *testing.T) {
	m := openMonitored(t)
	t.Run("reload", func(t *testing.T) {
		right := m.change(t, "1002", "10 02")
		must(t, syscall.Kill(m.PID(lab.Daemon), syscall.SIGHUP))
		m.fires(t, "KezekReloadFailed")
		right()
		must(t, syscall.Kill(m.PID(lab.Daemon), syscall.SIGHUP))
		m.over(t, "KezekReloadFailed")
	})
	t.Run("phone", func(t *testing.T) {
		bad, good := m.agent(t, "1011"), m.agent(t, "1012")
		defer bad.Close()
		defer good.Close()
		c := m.call(t, didAlertPhones)
		_ = bad.rings().AnswerWith(within(t, patience), phone.NoSession)
		m.fires(t, "KezekPhoneBroken")
		good.answers(c)
		next := m.call(t, didAlertPhones)
		r := bad.answers(next)
		time.Sleep(1100 * time.Millisecond)
		must(t, r.Hangup(within(t, patience)))
		m.over(t, "KezekPhoneBroken")
		c.hangUp(queue.OutcomeCompletedByCaller)
	})
	t.Run("trunk", func(t *testing.T) {
		a := m.agent(t, "1013")
		defer a.Close()
		refused := m.client(t, phone.Refuse(503), answers)
		ring := takes(t, a, refused, "trunk")
		refused.isCalled()
		refused.isPutOff(ring)
		m.fires(t, "KezekTrunkDown")
		a.free()
		served := m.client(t, answers) // the first one that the trunk connects
		ring = takes(t, a, served, "trunk")
		served.talks(ring, served.isCalled())
		m.over(t, "KezekTrunkDown")
	})
	t.Run("service level", func(t *testing.T) {
		var late []*caller
		for range 12 {
			late = append(late, m.call(t, didAlertCalls))
		}
		m.fires(t, "KezekLongWait", "KezekNobodyThere")
		for _, c := range late {
			c.hangUp(queue.OutcomeAbandoned)
		}
		m.fires(t, "KezekServiceLevel", "KezekServiceLevelSlow")
		m.over(t, "KezekLongWait", "KezekNobodyThere", "KezekServiceLevel", "KezekServiceLevelSlow")
	})
	t.Run("recording", func(t *testing.T) {
		spool := filepath.Join(m.Dir, "asterisk", "spool", "recording", "kezek")
		must(t, os.RemoveAll(spool))
		must(t, os.MkdirAll(filepath.Dir(spool), 0o777))
		must(t, os.WriteFile(spool, nil, 0o644))
		a := m.agent(t, "1001")
		defer a.Close()
		c := m.call(t, didAlertCalls)
		a.answers(c)
		c.told(queue.EntryRecordingFailed)
		m.fires(t, "KezekNotRecorded")
		must(t, os.Remove(spool))
		c.hangUp(queue.OutcomeCompletedByCaller)
		m.over(t, "KezekNotRecorded")
		a.code("*11")
		a.status(queue.StatusOffline)
	})
	t.Run("callback", func(t *testing.T) {
		for _, id := range []string{"1001", "1002"} {
			a := m.agent(t, id)
			defer a.Close()
			a.Behave(phone.Refuse(603))
		}
		c := m.client(t, answers)
		c.isPromised("calls")
		m.fires(t, "KezekViolations")
		c.told(queue.EntryCallbackWarned)
		m.fires(t, "KezekCallbackLate", "KezekCallbackMissed", "KezekCallbackBurn", "KezekCallbackBurnSlow")
		c.isCancelled()
		m.over(t, "KezekViolations", "KezekCallbackLate", "KezekCallbackMissed", "KezekCallbackBurn", "KezekCallbackBurnSlow")
	})
	t.Run("toll fraud", func(t *testing.T) {
		for n := range 15 {
			if _, _, code := m.kezek(t, "callback", "add", fmt.Sprintf("+7900123%04d", n), "--queue", "calls"); code == 0 {
				t.Fatal("a number is promised a callback that is not allowed")
			}
		}
		m.fires(t, "KezekTollFraud")
		m.over(t, "KezekTollFraud")
	})
	t.Run("PINs", func(t *testing.T) {
		guess := func(p *agent) error {
			c, err := p.Call(within(t, patience), "*101001*9999")
			if err == nil {
				err = c.WaitAnswer(within(t, patience))
			}
			if err == nil {
				_, err = c.WaitSound(within(t, patience), time.Time{}) // the answer
			}
			if err == nil {
				err = c.Hangup(within(t, patience))
			}
			return err
		}
		var guessing sync.WaitGroup
		for _, id := range []string{"1002", "1003", "1004"} {
			p := m.phone(t, id)
			defer p.Close()
			guessing.Go(func() {
				for range 10 { // so many refusals of a phone in a minute are told at once
					if err := guess(p); err != nil {
						t.Error(err)
					}
				}
			})
		}
		guessing.Wait()
		m.fires(t, "KezekPINGuessing")
		m.over(t, "KezekPINGuessing")
	})
	t.Run("slow", func(t *testing.T) {
		a := m.agent(t, "1011")
		defer a.Close()
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					_ = m.redis.Do(t.Context(), "CLIENT", "PAUSE", 60, "ALL").Err()
				}
			}
		}()
		for range 8 {
			c := m.call(t, didAlertPhones)
			ring := a.rings()
			c.hangUp(queue.OutcomeAbandoned)
			endedByExchange(t, ring)
		}
		m.fires(t, "KezekSlow")
		close(stop)
		<-stopped
		m.over(t, "KezekSlow")
	})
	t.Run("journal", func(t *testing.T) {
		db, err := sql.Open("sqlite", filepath.Join(m.Dir, "history.db"))
		must(t, err)
		defer db.Close()
		db.SetMaxOpenConns(1)
		_, err = db.Exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE")
		must(t, err)
		m.phone(t, "1013").code("*101013") // something happens
		m.fires(t, "KezekJournalBehind")
		_, err = db.Exec("ROLLBACK")
		must(t, err)
		m.over(t, "KezekJournalBehind")
	})
	t.Run("Redis", func(t *testing.T) {
		m.StopRedis()
		m.fires(t, "KezekNoRedis")
		m.reads(t, "🔴", "lost Redis")
		must(t, m.StartRedis(within(t, patience)))
		m.over(t, "KezekNoRedis")
		m.reads(t, "🟢 over", "lost Redis")
		m.ready(t)
	})
	t.Run("Asterisk", func(t *testing.T) {
		a := m.agent(t, "1001")
		defer a.Close()
		c := m.call(t, didAlertCalls)
		a.answers(c)
		m.KillAsterisk()
		m.fires(t, "KezekNoAsterisk")
		must(t, m.StartAsterisk(within(t, patience)))
		m.fires(t, "KezekCallsLost")
		m.over(t, "KezekNoAsterisk", "KezekCallsLost")
		m.ready(t)
	})
	t.Run("daemon", func(t *testing.T) {
		m.StopDaemon()
		m.fires(t, "KezekDown")
		m.StopRedis()
		m.startLacking(t, "Redis")
		m.over(t, "KezekDown")
		m.fires(t, "KezekNoOwner")
		must(t, m.StartRedis(within(t, patience)))
		m.over(t, "KezekNoOwner")
		m.ready(t)
	})
	t.Run("state", func(t *testing.T) {
		m.StopDaemon()
		must(t, m.redis.HSet(within(t, patience), "kezek:{bishkek}:agent:1001", "rest_until", "9999-12-31T00:00:00Z").Err())
		m.mustStart(t)
		m.fires(t, "KezekStateUntrue")
		m.StopDaemon()
		m.mustStart(t)
		m.over(t, "KezekStateUntrue")
		m.StopDaemon()
		must(t, m.redis.FlushAll(within(t, patience)).Err())
		m.mustStart(t)
		m.fires(t, "KezekStateLost")
		m.StopDaemon()
		m.mustStart(t)
		m.over(t, "KezekStateLost")
	})
}
