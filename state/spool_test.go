package state_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kezek/queue"
	"kezek/state"
)

func TestSpool(t *testing.T) {
	f := state.FileSpool{Path: filepath.Join(t.TempDir(), "spool.json")}
	if kept, err := f.Load(); err != nil || kept != nil {
		t.Fatalf("an empty spool: %v %v", kept, err)
	}
	want := []*queue.Callback{{
		ID: "cb-1", Number: "+996555000001", Queue: "sales", Class: queue.Information, State: queue.CallbackOpen,
		DueAt: time.Date(2026, 3, 2, 9, 30, 0, 123, time.UTC), Attempts: []queue.Attempt{{Agent: "1001", Cause: queue.Busy}},
	}}
	for range 2 { // the second time over the first
		if err := f.Keep(want); err != nil {
			t.Fatal(err)
		}
		got, err := f.Load()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(queue.Callback{})); diff != "" {
			t.Error(diff)
		}
	}
	if files, _ := os.ReadDir(filepath.Dir(f.Path)); len(files) != 1 {
		t.Errorf("files beside the spool: %v", files)
	}
	for range 2 {
		if err := f.Clear(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := f.Load(); err != nil || kept != nil {
		t.Errorf("after Clear: %v %v", kept, err)
	}

	if err := os.WriteFile(f.Path, []byte(`[{"id": 7`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Load(); err == nil {
		t.Error("a broken spool is read without an error")
	}
	if err := (state.FileSpool{Path: "/nowhere/spool.json"}).Keep(want); err == nil {
		t.Error("kept where nothing can be")
	}
}
