// Package history keeps what happened in SQL, for years: embedded SQLite, or PostgreSQL for several sites or a
// warehouse. It reads the journal off the way of a call, from where it was, and writes what the entries tell into
// tables (migrations/*.sql), each entry once: the place in the journal is stored in the same transaction.
package history
