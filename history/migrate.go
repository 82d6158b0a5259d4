package history

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate does the numbered migrations that the database has not had, each in a transaction. A database of a newer
// version is left alone.
func (db *DB) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql") // in order
	if err != nil {
		return err
	}
	if _, err := db.sql.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL)`); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	for _, name := range names {
		number, title, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("migration %s has no number: %w", name, err)
		}
		if err := db.within(ctx, func(tx *sqlx.Tx) error { return db.step(ctx, tx, name, n, title) }); err != nil {
			return fmt.Errorf("history: migration %s: %w", title, err)
		}
	}
	return db.newer(ctx, len(names))
}

// step does one migration unless it was done. Two daemons that start together do it one after the other.
func (db *DB) step(ctx context.Context, tx *sqlx.Tx, file string, number int, title string) error {
	if db.Kind() == "postgres" {
		if _, err := tx.ExecContext(ctx, `LOCK TABLE migrations IN EXCLUSIVE MODE`); err != nil {
			return err
		}
	}
	var done int
	if err := tx.GetContext(ctx, &done, tx.Rebind(`SELECT count(*) FROM migrations WHERE number = ?`), number); err != nil || done > 0 {
		return err
	}
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, tx.Rebind(`INSERT INTO migrations (number, name) VALUES (?, ?)`), number, title)
	return err
}

// newer refuses a database that a newer version has changed.
func (db *DB) newer(ctx context.Context, known int) error {
	var has int
	if err := db.sql.GetContext(ctx, &has, `SELECT coalesce(max(number), 0) FROM migrations`); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if has > known {
		return fmt.Errorf("history: the database is of a newer version of Kezek: it has migration %d, this version knows %d", has, known)
	}
	return nil
}
