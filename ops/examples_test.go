package ops

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kezek/lab"
	"kezek/queue"
)

// example runs a program of docs/examples against a server until the returned function is called, and gives what it posts.
func example(t *testing.T, file, address, to string, env ...string) (posts <-chan map[string]any, stop func()) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3: ", err)
	}
	got := make(chan map[string]any, 100)
	p := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var post map[string]any
		if err := json.NewDecoder(r.Body).Decode(&post); err != nil {
			t.Error(err)
		}
		got <- post
	}))
	var said lab.Output
	cmd := exec.Command(python, "-u", filepath.Join("..", "docs", "examples", file))
	cmd.Env = append(os.Environ(), append(env, "KEZEK_URL=http://"+address, "KEZEK_TOKEN=steering", to+"="+p.URL)...)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		p.Close()
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s said:\n%s", file, &said)
		}
	})
	return got, stop
}

func posted(t *testing.T, posts <-chan map[string]any) map[string]any {
	t.Helper()
	select {
	case post := <-posts:
		return post
	case <-time.After(20 * time.Second):
		t.Fatal("nothing is posted")
		return nil
	}
}

// listens waits until so many clients listen.
func listens(t *testing.T, s *site, n int) {
	t.Helper()
	eventually(t, func() bool {
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		live := 0
		for l := range s.feed.listeners {
			if !l.paused {
				live++
			}
		}
		return live == n
	})
}

// The chat is told of who gave up and which callback is late, once each, also of what happened while the program was away.
func TestExampleOfTheChat(t *testing.T) {
	s := newSite(t)
	address, _, _ := serving(t, s)
	state := "STATE_FILE=" + filepath.Join(t.TempDir(), "last")
	posts, stop := example(t, "chat_notice.py", address, "CHAT_URL", state)
	listens(t, s, 1)
	gaveUp := func(number string) queue.Entry {
		return queue.Entry{Kind: queue.EntryCallEnded, Queue: "sales", Number: number, Outcome: queue.OutcomeAbandoned, Wait: 42 * time.Second}
	}
	wants := func(text string) {
		t.Helper()
		if got := posted(t, posts)["text"]; got != text {
			t.Errorf("the chat reads %q, want %q", got, text)
		}
	}
	s.shelf.tell(s.feed, queue.Entry{Kind: queue.EntryCallEnded, Queue: "sales", Outcome: queue.OutcomeCompletedByCaller}, gaveUp("+996555000001"))
	wants("+996555000001 gave up in sales after 42 s")
	s.shelf.tell(s.feed, gaveUp(""))
	wants("a withheld number gave up in sales after 42 s")
	eventually(t, func() bool {
		last, _ := os.ReadFile(strings.TrimPrefix(state, "STATE_FILE="))
		return string(last) == "1000-3/3"
	})
	stop()
	s.shelf.tell(s.feed, queue.Entry{Kind: queue.EntryCallbackBreached, Queue: "sales", Class: queue.ClassManager, Number: "+996555000002"})
	posts, _ = example(t, "chat_notice.py", address, "CHAT_URL", state)
	wants("the callback to +996555000002 (sales, manager) is late")
	if len(posts) > 0 {
		t.Errorf("and again: %v", <-posts)
	}
}

// A card opens at the ring with all that is known of the caller, moves to the next agent with the offer, and is closed when the call is over.
func TestExampleOfTheCard(t *testing.T) {
	s := newSite(t)
	s.happen(queue.LogIn{Agent: "1001", Trusted: true}, queue.LogIn{Agent: "1012", Trusted: true})
	address, _, _ := serving(t, s)
	posts, _ := example(t, "crm_card.py", address, "CRM_URL")
	listens(t, s, 1)
	wants := func(card, agent string) map[string]any {
		t.Helper()
		post := posted(t, posts)
		if post["card"] != card || post["agent"] != agent {
			t.Fatalf("got %v, want %s at %s", post, card, agent)
		}
		return post
	}
	s.happen(queue.CallArrived{Channel: "c1", DID: "+996312900800", Number: "+996555000001", Name: "Aida"})
	first := wants("open", "1001")
	want := map[string]any{"card": "open", "agent": "1001", "extension": "1001", "number": "+996555000001", "name": "Aida", "language": "ru", "queue": "sales", "call": "c1", "callback": ""}
	if fmt.Sprint(first) != fmt.Sprint(want) {
		t.Errorf("the card has %v, want %v", first, want)
	}
	s.happen(queue.ChannelGone{Channel: s.legOf("1001"), Cause: queue.CauseDeclined})
	wants("close", "1001")
	wants("open", "1012")
	s.happen(queue.LegAnswered{Channel: s.legOf("1012")})
	wants("answered", "1012")
	s.happen(queue.ChannelGone{Channel: "c1", Cause: queue.CauseNormal})
	wants("close", "1012")
}
