package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Keep is how long each kind of row is kept; zero is for ever.
type Keep struct{ Calls, Callbacks, Agents, Acts time.Duration }

// kept are the tables, by what bounds them: those of a call go before the calls.
var kept = []struct {
	table, at string
	keep      func(Keep) time.Duration
}{
	{"visits", "started", func(k Keep) time.Duration { return k.Calls }},
	{"offers", "started", func(k Keep) time.Duration { return k.Calls }},
	{"talks", "started", func(k Keep) time.Duration { return k.Calls }},
	{"holds", "started", func(k Keep) time.Duration { return k.Calls }},
	{"transfers", "started", func(k Keep) time.Duration { return k.Calls }},
	{"recordings", "started", func(k Keep) time.Duration { return k.Calls }},
	{"listening", "started", func(k Keep) time.Duration { return k.Calls }},
	{"calls", "started", func(k Keep) time.Duration { return k.Calls }},
	{"attempts", "started", func(k Keep) time.Duration { return k.Callbacks }},
	{"callbacks", "booked", func(k Keep) time.Duration { return k.Callbacks }},
	{"statuses", "started", func(k Keep) time.Duration { return k.Agents }},
	{"shifts", "started", func(k Keep) time.Duration { return k.Agents }},
	{"attendance", "happened", func(k Keep) time.Duration { return k.Agents }},
	{"corrections", "happened", func(k Keep) time.Duration { return k.Agents }},
	{"violations", "happened", func(k Keep) time.Duration { return k.Agents }},
	{"alarms", "happened", func(k Keep) time.Duration { return k.Acts }},
	{"acts", "happened", func(k Keep) time.Duration { return k.Acts }},
}

// pruneRows is how many rows are deleted in one transaction: the feed waits for no more.
const pruneRows = 2000

// Prune deletes the rows of a site that are old enough, and tells how many of each table.
func (db *DB) Prune(ctx context.Context, site string, keep Keep, now time.Time) (map[string]int64, error) {
	if err := db.open(ctx); err != nil {
		return nil, err
	}
	deleted := map[string]int64{}
	for _, t := range kept {
		length := t.keep(keep)
		if length <= 0 {
			continue
		}
		query := db.sql.Rebind("DELETE FROM " + t.table + " WHERE site = ? AND entry IN (SELECT entry FROM " + t.table + " WHERE site = ? AND " + t.at + " < ? LIMIT ?) AND " + t.at + " < ?")
		for {
			n, err := db.delete(ctx, query, site, site, now.Add(-length).UnixMilli(), pruneRows, now.Add(-length).UnixMilli())
			if err != nil {
				return deleted, fmt.Errorf("delete old %s: %w", t.table, err)
			}
			if deleted[t.table] += n; n == 0 {
				break
			}
		}
	}
	return deleted, nil
}

func (db *DB) delete(ctx context.Context, query string, args ...any) (int64, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	result, err := db.sql.ExecContext(limited, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Backup writes a copy of the database into a file that is not there yet, while it is in use.
func (db *DB) Backup(ctx context.Context, file string) error {
	if db.path == "" {
		return errors.New("this history is in PostgreSQL: back it up with pg_dump")
	}
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s is there already: want a new file", file)
	}
	if folder, err := os.Stat(filepath.Dir(file)); err != nil || !folder.IsDir() {
		return fmt.Errorf("%s is no folder: want a new file in one that is there", filepath.Dir(file))
	}
	if err := db.open(ctx); err != nil {
		return err
	}
	if _, err := db.sql.ExecContext(ctx, `VACUUM INTO ?`, file); err != nil {
		return err
	}
	return os.Chmod(file, 0o640)
}

// Condition is how a database is.
type Condition struct {
	Standing
	// Rows are those of each table, Bytes the size of SQLite's files; 0 for PostgreSQL.
	Rows  map[string]int64
	Bytes int64
}

// Check reads the whole database for faults.
func (db *DB) Check(ctx context.Context, site string) (c Condition, err error) {
	if err := db.open(ctx); err != nil {
		return c, err
	}
	if db.path != "" {
		var faults []string
		if err := db.sql.SelectContext(ctx, &faults, `PRAGMA integrity_check`); err != nil {
			return c, err
		}
		if len(faults) != 1 || faults[0] != "ok" {
			return c, fmt.Errorf("%s is damaged: %s; put a backup in its place", db.path, strings.Join(faults, "; "))
		}
		for _, suffix := range []string{"", "-wal"} {
			if info, err := os.Stat(db.path + suffix); err == nil {
				c.Bytes += info.Size()
			}
		}
	}
	if c.Standing, err = db.Standing(ctx, site); err != nil {
		return c, err
	}
	c.Rows = map[string]int64{}
	for _, t := range kept {
		var n int64
		if err := db.sql.GetContext(ctx, &n, db.sql.Rebind("SELECT count(*) FROM "+t.table+" WHERE site = ?"), site); err != nil {
			return c, err
		}
		c.Rows[t.table] = n
	}
	return c, nil
}
