package db

import "context"

// Bump tells every process, at the commit of tx, that what it keeps in memory
// about a topic is stale.
func Bump(ctx context.Context, tx Tx, topic string) error {
	_, err := tx.Exec(ctx, `INSERT INTO revision (topic, n) VALUES ($1, 1) ON CONFLICT (topic) DO UPDATE SET n = revision.n + 1`, topic)
	return err
}

// Revisions gives the number of each topic that was ever bumped. A process
// compares them with those it loaded its memory at.
func Revisions(ctx context.Context, r Reader) (map[string]int64, error) {
	out := make(map[string]int64)
	err := Each(ctx, r, func(rows Rows) error {
		var topic string
		var n int64
		err := rows.Scan(&topic, &n)
		out[topic] = n
		return err
	}, `SELECT topic, n FROM revision`)
	return out, err
}

// RevisionOf is the key under which a transaction remembers the number of a topic
// (see Remember).
type RevisionOf string

// Renew is Bump by a number that is given once, whatever becomes of tx: what is
// kept in memory under the number is never taken for something else, even when the
// transaction that read it is undone. A topic is bumped or renewed, never both.
func Renew(ctx context.Context, tx Tx, topic string) error {
	n, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO revision (topic, n) VALUES ($1, $2) ON CONFLICT (topic) DO UPDATE SET n = excluded.n`, topic, n)
	Remember(tx, RevisionOf(topic), n)
	return err
}
