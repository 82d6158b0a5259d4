package history

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Rows are kept as long as their kind, and no table is forgotten.
func TestPrune(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, p := opened(t, url), &paper{}
		p.add(aCall("pbx-1.1")...)
		later := aVisit("pbx-1.2", noon.Add(48*time.Hour), "sales", "ru", time.Second, time.Minute, true)
		p.add(later)
		fed(t, db, p)
		before, err := db.Check(ctx, "bishkek")
		if err != nil {
			t.Fatal(err)
		}
		for table, n := range map[string]int64{"calls": 2, "visits": 2, "talks": 2, "offers": 3, "holds": 1, "transfers": 1, "recordings": 1, "listening": 1} {
			if before.Rows[table] != n {
				t.Errorf("%d rows of %s, want %d", before.Rows[table], table, n)
			}
		}
		none, err := db.Prune(ctx, "osh", Keep{Calls: time.Hour}, noon.Add(72*time.Hour))
		if err != nil || none["calls"] != 0 {
			t.Errorf("of another site are deleted %v, %v", none, err)
		}
		deleted, err := db.Prune(ctx, "bishkek", Keep{Calls: 36 * time.Hour}, noon.Add(72*time.Hour))
		if err != nil || deleted["calls"] != 1 || deleted["offers"] != 3 {
			t.Errorf("deleted are %v, %v", deleted, err)
		}
		after, err := db.Check(ctx, "bishkek")
		if err != nil || after.Rows["calls"] != 1 || after.Rows["visits"] != 1 || after.Rows["talks"] != 1 || after.Rows["offers"] != 0 || after.Rows["holds"] != 0 {
			t.Errorf("left are %v, %v", after.Rows, err)
		}
		if after.Entries != 8 {
			t.Errorf("the feed stands at %+v", after.Standing)
		}
		shows(t, db, `SELECT id FROM calls`, "\"pbx-1.2\"\n")
	})
}

// Every table of the migrations but those about the database itself is kept for a time.
func TestEveryTableIsBounded(t *testing.T) {
	db := opened(t, "sqlite:"+filepath.Join(t.TempDir(), "history.db"))
	var tables []string
	if err := db.sql.Select(&tables, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`); err != nil {
		t.Fatal(err)
	}
	bounded := map[string]bool{"feeds": true, "migrations": true, "serving": true}
	for _, k := range kept {
		bounded[k.table] = true
	}
	for _, table := range tables {
		if !bounded[table] {
			t.Errorf("%s is kept for ever: add it to kept", table)
		}
		delete(bounded, table)
	}
	for table := range maps.Keys(bounded) {
		t.Errorf("there is no table %s", table)
	}
}

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	db, p := opened(t, "sqlite:"+filepath.Join(dir, "history.db")), &paper{}
	p.add(aCall("pbx-1.1")...)
	fed(t, db, p)
	file := filepath.Join(dir, "copy.db")
	if err := db.Backup(ctx, file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	again := opened(t, "sqlite:"+file)
	shows(t, again, `SELECT id FROM calls`, "\"pbx-1.1\"\n")
	if err := db.Backup(ctx, filepath.Join(t.TempDir(), "none", "copy.db")); err == nil || !strings.Contains(err.Error(), "is no folder") {
		t.Errorf("into a folder that is not there: %v", err)
	}
	if err := db.Backup(ctx, file); err == nil || !strings.Contains(err.Error(), "want a new file") {
		t.Errorf("a file is overwritten: %v", err)
	}

	// Damage is found.
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		if i%4096 < 100 { // the head of each page but the first
			data[i] = 0xA5
		}
	}
	if err := os.WriteFile(file, data, 0o640); err != nil {
		t.Fatal(err)
	}
	broken, err := New("sqlite:"+file, "")
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	if c, err := broken.Check(ctx, "bishkek"); err == nil {
		t.Errorf("a damaged file is good: %+v", c)
	}
}

// Whether the history can be written is known before anything is.
func TestProbe(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db, err := New(url, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Probe(ctx); err != nil {
			t.Error(err)
		}
		if err := db.open(ctx); err != nil {
			t.Fatal(err)
		}
		if err := db.Probe(ctx); err != nil {
			t.Error(err)
		}
	})
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, []byte("no database at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"sqlite:" + garbage:                             "is not a database of SQLite",
		"sqlite:/nowhere/history.db":                    "no such file",
		"sqlite:/dev/null/history.db":                   "not a directory",
		"postgres://kezek@127.0.0.1:1/x":                "connect",
		"postgres://kezek@/nothing?host=" + t.TempDir(): "no such file",
	} {
		db, err := New(url, "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Probe(ctx); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
}
