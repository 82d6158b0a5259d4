package ari

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"kezek/queue"
)

// FuzzDecode: what the quick decoder makes of an event is what the standard one
// makes of it. Asterisk writes valid UTF-8 only.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"StasisStart","timestamp":"2026-11-22T10:00:00.123+0000","args":["kezek","leg"],` +
		`"channel":{"id":"x.1","name":"PJSIP/1012","state":"Up","creationtime":"2026-11-22T10:00:00.123+0000","caller":{"name":"Айгүл \"A\"","number":"+996"},` +
		`"dialplan":{"exten":"s","app_name":"Stasis","app_data":"kezek,leg"}},"replace_channel":{"id":"y"}}`))
	f.Add([]byte(`{"type":"ChannelDtmfReceived","digit":"#","duration_ms":100,"channel":{"id":"x"}}`))
	f.Add([]byte(`{"type":"ChannelDestroyed","cause":16,"soft":true,"channel":null}`))
	f.Add([]byte(`{"endpoint":{"technology":"PJSIP","resource":"1012","state":"online","channel_ids":["a","b"]}}`))
	f.Add([]byte(`{"type":"\ud83d\ude00\u0000","unknown":[{"deep":[1,2.5e3,true,null]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		want := &event{raw: raw}
		if !utf8.Valid(raw) || json.Unmarshal(raw, want) != nil {
			return
		}
		got, err := decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
			t.Fatalf("%s: %s", raw, diff)
		}
	})
}

// A channel that is read tells when it was made.
func TestReadChannel(t *testing.T) {
	var ch readChannel
	if err := json.Unmarshal([]byte(`{"id":"x.1","creationtime":"2026-11-22T10:00:00.123+0600"}`), &ch); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 22, 4, 0, 0, 123e6, time.UTC); ch.ID != "x.1" || !time.Time(ch.Made).Equal(want) {
		t.Errorf("%+v, want it of %v", ch, want)
	}
}

// panicking is a value whose decoder panics, as that of a library might.
type panicking struct{}

func (*panicking) UnmarshalText([]byte) error { panic("deep inside") }

// A decoder that panics is an event that is not understood, no end of the daemon.
func TestDecoderPanics(t *testing.T) {
	var into struct{ At panicking }
	if err := unmarshal([]byte(`{"At":"x"}`), &into); err == nil || !strings.Contains(err.Error(), "deep inside") {
		t.Error(err)
	}
}

// What cannot be understood is counted each time and logged once.
func TestEventsNotUnderstood(t *testing.T) {
	logs, seen := observer.New(zap.InfoLevel)
	misread := 0
	e := New(Options{App: "kezek", Log: zap.New(logs), Metrics: Metrics{Misread: func() { misread++ }}})
	s := &session{Exchange: e, sink: func(_ time.Time, ev queue.Event) { t.Errorf("told %T", ev) }}
	for _, raw := range []string{`{"type":7}`, `[`, `null`, ``, `{"channel":"x"}`, `{"type":"` + strings.Repeat("x", 2000)} {
		if err := s.handle(item{raw: []byte(raw)}); err != nil {
			t.Error(err)
		}
	}
	if said := seen.FilterMessage("event not understood").All(); len(said) != 1 || misread != 5 {
		t.Errorf("logged %d times, counted %d", len(said), misread)
	}
}
