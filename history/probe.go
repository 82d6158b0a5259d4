package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// sqliteHead is what each database of SQLite begins with.
const sqliteHead = "SQLite format 3\x00"

// Probe looks whether the daemon could write its history here, as the user who runs it now. It leaves nothing behind.
func (db *DB) Probe(ctx context.Context) error {
	if db.path == "" {
		return db.probePostgres(ctx)
	}
	switch file, err := os.OpenFile(db.path, os.O_RDWR, 0); {
	case err == nil:
		defer file.Close()
		// Only read: a connection would make files that belong to whoever looks.
		head := make([]byte, len(sqliteHead))
		if n, err := io.ReadFull(file, head); n > 0 && string(head) != sqliteHead {
			return fmt.Errorf("%s is not a database of SQLite: move it away, or put a backup back", db.path)
		} else if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(db.path), ".kezek-history-*") // its write-ahead log stands there, too
	if pe, is := errors.AsType[*os.PathError](err); is {
		return &os.PathError{Op: "write in", Path: filepath.Dir(db.path), Err: pe.Err}
	}
	if err != nil {
		return err
	}
	return errors.Join(beside.Close(), os.Remove(beside.Name()))
}

func (db *DB) probePostgres(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	var number int
	if err := db.sql.GetContext(limited, &number, `SELECT current_setting('server_version_num')::int`); err != nil {
		return err
	}
	if number < oldestPostgres*10_000 {
		return fmt.Errorf("it is PostgreSQL %d: want %d or newer", number/10_000, oldestPostgres)
	}
	var made, may bool
	if err := db.sql.GetContext(limited, &made, `SELECT to_regclass('migrations') IS NOT NULL`); err != nil || made {
		return err
	}
	if err := db.sql.GetContext(limited, &may, `SELECT has_schema_privilege(current_schema(), 'CREATE')`); err != nil {
		return err
	}
	if !may {
		return errors.New("the user may not create tables in it")
	}
	return nil
}
