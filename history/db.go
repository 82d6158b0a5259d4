package history

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite"
)

// Names of the drivers.
const (
	sqlite   = "sqlite"
	postgres = "pgx"
)

func init() { sqlx.BindDriver(sqlite, sqlx.QUESTION) }

// requestTimeout bounds what is asked of a database while nobody waits for much: a page, an answer to a question.
const requestTimeout = 30 * time.Second

// DB is the database of one or several sites.
type DB struct {
	sql *sqlx.DB
	// path is that of SQLite's file.
	path string
}

// Open opens a database, and brings its tables up to date. URL is postgres://user:password@host/database, or
// sqlite:/path, whose file is made if it is not there. An error does not repeat the URL: it may hold a password.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	db, err := open(rawURL)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	if err := db.migrate(limited); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func open(rawURL string) (*DB, error) {
	path, embedded := strings.CutPrefix(rawURL, "sqlite:")
	switch {
	case embedded && filepath.IsAbs(path):
		return openSQLite(path)
	case strings.HasPrefix(rawURL, "postgres://"), strings.HasPrefix(rawURL, "postgresql://"):
		db, err := sqlx.Open(postgres, rawURL)
		if err != nil {
			return nil, errors.New("history.url: it is not a URL of PostgreSQL: want postgres://user:password@host:5432/database")
		}
		db.SetMaxOpenConns(8)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return &DB{sql: db}, nil
	}
	return nil, errors.New("history.url: want sqlite:/var/lib/kezek/history.db or postgres://user:password@host:5432/database")
}

// openSQLite makes the file for the daemon's user alone: it holds people's numbers.
func openSQLite(path string) (*DB, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("history.url: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("history.url: %w", err)
	}
	// A write waits for another one, readers never do; what a transaction has committed survives a loss of power.
	settings := url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)", "cache_size(-64000)", "temp_store(MEMORY)"},
		"_txlock": {"immediate"},
	}
	db, err := sqlx.Open(sqlite, "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, fmt.Errorf("history.url: %w", err)
	}
	db.SetMaxOpenConns(4)
	return &DB{sql: db, path: path}, nil
}

// Close ends the connections.
func (db *DB) Close() error { return db.sql.Close() }

// Kind is "sqlite" or "postgres".
func (db *DB) Kind() string {
	if db.sql.DriverName() == postgres {
		return "postgres"
	}
	return sqlite
}

// within does something in one transaction: all of it, or nothing.
func (db *DB) within(ctx context.Context, do func(*sqlx.Tx) error) error {
	tx, err := db.sql.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
