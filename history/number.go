package history

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"kezek/queue/journal"
)

// Known is how often a number stands in a table, and in rows of which time, in Unix ms.
type Known struct {
	Table string `db:"name"`
	Rows  int64  `db:"count"`
	First int64  `db:"first"`
	Last  int64  `db:"last"`
}

// numbered are the columns that hold a number, with that of the row's time; written are those in which people may have written one.
var (
	numbered = []struct{ table, column, at string }{
		{"calls", "number", "started"}, {"callbacks", "number", "booked"}, {"transfers", "target", "started"}, {"acts", "number", "happened"},
	}
	written = []struct{ table, column, at string }{
		{"callbacks", "reason", "booked"}, {"acts", "words", "happened"}, {"acts", "reason", "happened"},
	}
)

// Number tells in which tables a number stands, and the names of the recordings of its calls.
func (db *DB) Number(ctx context.Context, site, number string) (known []Known, recordings []string, err error) {
	if err := db.open(ctx); err != nil {
		return nil, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	for _, c := range numbered {
		k := Known{Table: c.table}
		err := db.sql.GetContext(limited, &k, db.sql.Rebind(`SELECT '`+c.table+`' AS name, count(*) AS count, coalesce(min(`+c.at+`), 0) AS first, coalesce(max(`+c.at+`), 0) AS last
			FROM `+c.table+` WHERE site = ? AND `+c.column+` = ?`), site, number)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.table, err)
		}
		if k.Rows > 0 {
			known = append(known, k)
		}
	}
	err = db.sql.SelectContext(limited, &recordings, db.sql.Rebind(`SELECT DISTINCT r.name FROM recordings r JOIN calls c ON c.site = r.site AND c.entry = r.entry
		WHERE c.site = ? AND c.number = ? ORDER BY r.name`), site, number)
	return known, recordings, err
}

// Erase puts another name in the place of a number, in all rows up to a place in the journal, and tells how many of each table it has changed.
func (db *DB) Erase(ctx context.Context, site, number, pseudonym string, upTo journal.Position) (map[string]int64, error) {
	if err := db.open(ctx); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	changed := map[string]int64{}
	err := db.within(limited, func(tx *sqlx.Tx) error {
		for _, c := range numbered {
			result, err := tx.ExecContext(limited, tx.Rebind(`UPDATE `+c.table+` SET `+c.column+` = ? WHERE site = ? AND `+c.column+` = ? AND entry <= ?`),
				pseudonym, site, number, keyOf(upTo.ID))
			if err != nil {
				return fmt.Errorf("%s: %w", c.table, err)
			}
			if changed[c.table], err = result.RowsAffected(); err != nil {
				return err
			}
		}
		if !strings.HasPrefix(number, "+") { // a short one may be anything in a text
			return nil
		}
		for _, c := range written {
			if _, err := tx.ExecContext(limited, tx.Rebind(`UPDATE `+c.table+` SET `+c.column+` = replace(`+c.column+`, ?, ?) WHERE site = ? AND `+c.column+` LIKE ? AND entry <= ?`),
				number, pseudonym, site, "%"+number+"%", keyOf(upTo.ID)); err != nil {
				return fmt.Errorf("%s: %w", c.table, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}
