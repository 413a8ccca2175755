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
