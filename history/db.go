package history

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/singleflight"
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

// probeTimeout bounds a look whether a database is there; oldestPostgres is the oldest that is tested with.
const (
	probeTimeout   = 5 * time.Second
	oldestPostgres = 13
)

// migrationTimeout bounds the change of all tables: an index over a year of 2,000,000 calls is made in a minute.
const migrationTimeout = time.Hour

// DB is the database of one or several sites.
type DB struct {
	sql *sqlx.DB
	// path is that of SQLite's file.
	path string
	// ready: the tables are up to date; opening brings them there, until the database is closed.
	ready   atomic.Bool
	opening singleflight.Group
	life    context.Context
	end     context.CancelFunc
}

// New makes a database that is not opened yet: PostgreSQL may come later. URL is postgres://user@host/database, or
// sqlite:/path, whose file is made when it is needed; password is that of PostgreSQL, if the URL has none. An error
// does not repeat the URL.
func New(rawURL, password string) (*DB, error) {
	if path, embedded := strings.CutPrefix(rawURL, "sqlite:"); embedded && filepath.IsAbs(path) {
		// A write waits for another one, readers never do; what is committed survives a loss of power. What is overwritten is gone from the
		// file, too: a number that was erased is not to be found in it.
		settings := url.Values{
			"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "cache_size(-8000)", "temp_store(MEMORY)", "secure_delete(FAST)"},
			"_txlock": {"immediate"},
		}
		db, err := sqlx.Open(sqlite, "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+settings.Encode())
		if err != nil {
			return nil, fmt.Errorf("history.url: %w", err)
		}
		db.SetMaxOpenConns(4)
		return opening(db, path), nil
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("history.url: want sqlite:/var/lib/kezek/history.db or postgres://user:password@host:5432/database")
	}
	if password != "" {
		u.User = url.UserPassword(u.User.Username(), password)
	}
	db, err := sqlx.Open(postgres, u.String())
	if err != nil {
		return nil, errors.New("history.url: it is not a URL of PostgreSQL: want postgres://user:password@host:5432/database")
	}
	db.SetMaxOpenConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return opening(db, ""), nil
}

func opening(sql *sqlx.DB, path string) *DB {
	db := &DB{sql: sql, path: path}
	db.life, db.end = context.WithCancel(context.Background())
	return db
}

// Open opens it now, and waits until its tables are up to date.
func Open(ctx context.Context, rawURL, password string) (*DB, error) {
	db, err := New(rawURL, password)
	if err != nil {
		return nil, err
	}
	if err := db.upToDate(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// open brings the tables up to date, once. In a large history that takes minutes, and goes on if who asked stops waiting.
func (db *DB) open(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return db.upToDate(limited)
}

func (db *DB) upToDate(ctx context.Context) error {
	if db.ready.Load() {
		return nil
	}
	select {
	case done := <-db.opening.DoChan("", func() (any, error) { return nil, db.bringUpToDate() }):
		return done.Err
	case <-ctx.Done():
		return errors.New("history: the database does not answer, or its tables are still being brought up to date: try again in some minutes")
	}
}

func (db *DB) bringUpToDate() error {
	limited, cancel := context.WithTimeout(db.life, migrationTimeout)
	defer cancel()
	if db.path != "" {
		// It holds people's numbers: made for the daemon's user and group alone.
		file, err := os.OpenFile(db.path, os.O_RDWR|os.O_CREATE, 0o640)
		if err != nil {
			return fmt.Errorf("history: %w", err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("history: %w", err)
		}
	}
	there, done := context.WithTimeout(db.life, requestTimeout)
	defer done()
	if err := db.sql.PingContext(there); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if err := db.migrate(limited); err != nil {
		return err
	}
	db.ready.Store(true)
	return nil
}

// Close ends the connections, and what goes on in them.
func (db *DB) Close() error {
	db.end()
	return db.sql.Close()
}

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
