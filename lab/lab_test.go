package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// The test program also plays the process that TestNothingOutlivesItsParent
// kills, and that of TestColdStart.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("LAB_TEST_PARENT") != "":
		parent()
		return
	case os.Getenv("LAB_TEST_COLD") != "":
		coldStart()
		return
	}
	os.Exit(m.Run())
}

func parent() {
	l, err := Start(context.Background(), Options{Number: Any})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println(l.Number, l.PID(Asterisk), l.PID(Redis))
	select {}
}

func get(t *testing.T, l *Lab, path string, into any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.ARIURL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(ARIUser, ARIPassword)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(path, resp.Status, err)
	}
}

func TestExchangeHasWhatIsPromised(t *testing.T) {
	l := ForTest(t, Options{})

	var info struct{ Config struct{ Name string } }
	get(t, l, "/asterisk/info", &info)
	if info.Config.Name != l.Name {
		t.Errorf("the Asterisk is called %q, not %q", info.Config.Name, l.Name)
	}
	var endpoints []struct{ Resource string }
	get(t, l, "/endpoints/PJSIP", &endpoints)
	if want := len(Agents()) + 1; len(endpoints) != want {
		t.Errorf("%d endpoints, want %d: %v", len(endpoints), want, endpoints)
	}
	for _, c := range []struct{ command, want string }{
		{"queue show bench", "PJSIP/1020"},
		{"dialplan show " + DID + "@from-carrier", "Stasis(" + App},
		{"dialplan show " + BenchDID + "@from-carrier", "Queue(bench"},
		{"dialplan show kezek-agents", "kezek-agents"},
		{"pjsip show identifies", l.CarrierHost},
		{"moh show classes", "default"},
		{"moh show files", "manolo_camp-morning_coffee"},
		{"module show like app_stasis_broadcast", "Running"},
		{"module show like func_frame_drop", "Running"},
	} {
		out, err := l.AsteriskCLI(t.Context(), c.command)
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(out, c.want) {
			t.Errorf("%s: want %q in\n%s", c.command, c.want, out)
		}
	}
	log, err := os.ReadFile(l.asteriskDir() + "/log/full")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "ERROR") || strings.Contains(line, "WARNING") {
			t.Errorf("Asterisk complains at start: %s", line)
		}
	}
}

func TestLabsRunSideBySide(t *testing.T) {
	a := ForTest(t, Options{})
	b := ForTest(t, Options{})
	for _, l := range []*Lab{a, b} {
		var info struct{ Config struct{ Name string } }
		get(t, l, "/asterisk/info", &info)
		if info.Config.Name != l.Name {
			t.Errorf("at %s answers %q, want %q", l.ARIURL, info.Config.Name, l.Name)
		}
		if pid, ok := Holder(l.Number); !ok || pid != os.Getpid() {
			t.Errorf("lab %d is held by %d, %t; want this process, %d", l.Number, pid, ok, os.Getpid())
		}
	}
	if _, err := Start(t.Context(), Options{Number: a.Number}); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("a second lab %d: %v", a.Number, err)
	}
}

func TestTakenPortIsNamed(t *testing.T) {
	a := AddressesOf(maxNumber)
	l, err := net.Listen("tcp", a.RedisAddr)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, _, err := take(maxNumber); err == nil || !strings.Contains(err.Error(), a.RedisAddr) {
		t.Errorf("got %v, want an error that names %s", err, a.RedisAddr)
	}
	if _, ok := Holder(maxNumber); ok {
		t.Error("the number stays claimed")
	}
}

func TestRestarts(t *testing.T) {
	l := ForTest(t, Options{})
	client := redis.NewClient(&redis.Options{Addr: l.RedisAddr, DialerRetries: 1, MaxRetries: -1})
	defer client.Close()
	if err := client.Set(t.Context(), "kept", "yes", 0).Err(); err != nil {
		t.Fatal(err)
	}
	l.StopRedis()
	if err := client.Ping(t.Context()).Err(); err == nil {
		t.Error("Redis answers after StopRedis")
	}
	if err := l.StartRedis(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := client.Get(t.Context(), "kept").Result(); got != "yes" {
		t.Errorf("after the restart of Redis: %q, %v", got, err)
	}

	before := l.PID(Asterisk)
	if err := l.RestartAsterisk(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.PID(Asterisk) == before || alive(before) {
		t.Error("the former Asterisk is still there")
	}
	var info struct{}
	get(t, l, "/asterisk/info", &info)
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestDaemonIsKeptAlive(t *testing.T) {
	l := ForTest(t, Options{Daemon: true})
	out, err := l.AsteriskCLI(t.Context(), "dialplan show "+DID+"@from-carrier")
	if err != nil || !strings.Contains(out, "KEZEK_MUSIC") {
		t.Errorf("the generated dialplan is not in force: %v\n%s", err, out)
	}
	first := l.PID(Daemon)
	began := time.Now()
	l.KillDaemon()
	if err := l.askReady(t.Context()); err == nil {
		t.Error("the killed daemon answers")
	}
	if err := l.WaitDaemon(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < restartAfter {
		t.Errorf("it was back after %s, not %s", took, restartAfter)
	}
	second := l.PID(Daemon)
	if second == first || alive(first) {
		t.Errorf("process %d was not replaced", first)
	}
	file, err := os.ReadFile(l.Dir + "/kezek.pid")
	if err != nil || string(file) != fmt.Sprintln(second) {
		t.Errorf("kezek.pid says %q, %v; want %d", file, err, second)
	}
	l.StopDaemon()
	time.Sleep(2 * restartAfter)
	if err := l.askReady(t.Context()); err == nil || alive(second) {
		t.Error("the stopped daemon is back")
	}
	if err := l.StartDaemon(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestProcessTimes(t *testing.T) {
	l := ForTest(t, Options{})
	times, err := l.ProcessTimes()
	if err != nil {
		t.Fatal(err)
	}
	if len(times) != 2 || times[Asterisk] < clockTick || times[Asterisk] > time.Minute {
		t.Errorf("processor times: %v", times)
	}
}

func TestStopEndsAll(t *testing.T) {
	l := ForTest(t, Options{})
	pids := []int{l.PID(Asterisk), l.PID(Redis)}
	l.Stop()
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if pid, ok := Holder(l.Number); ok {
		t.Errorf("lab %d is still held by %d", l.Number, pid)
	}
}

func TestNothingOutlivesItsParent(t *testing.T) {
	ForTest(t, Options{}) // skips where there is no lab
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LAB_TEST_PARENT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var number, asterisk, redis int
	if _, err := fmt.Sscan(line, &number, &asterisk, &redis); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for _, pid := range []int{asterisk, redis} {
		for runs(pid) {
			if time.Now().After(deadline) {
				t.Fatalf("process %d outlives its parent", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	if _, ok := Holder(number); ok {
		t.Errorf("lab %d is still claimed", number)
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), rootName) {
		t.Errorf("mounts are left behind:\n%s", mounts)
	}
}

// runs tells whether a process that is not this one's child is there, and not
// merely waiting to be collected.
func runs(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(status), ") Z ")
}
