package access

import (
	"context"
	"time"

	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
)

// readRecent gives what is remembered of earlier attempts.
func readRecent(ctx context.Context, r db.Reader, a attempt) (auth.Recent, error) {
	var recent auth.Recent
	counters := map[string]*auth.Failures{countLogin: &recent.Login, countPair: &recent.Pair, countAddress: &recent.Address}
	for kind, subject := range a.subjects() {
		var n int64
		var last time.Time
		found, err := db.ScanOne(ctx, r, `SELECT failed, last_at FROM login_failure WHERE kind = $1 AND subject = $2`, []any{kind, subject}, &n, &last)
		if err != nil {
			return recent, err
		}
		if found {
			*counters[kind] = auth.Failures{Count: int(n), Last: last}
		}
	}
	if a.user == 0 || a.address == "" {
		return recent, nil
	}
	known, err := db.Value[int64](ctx, r, `SELECT count(*) FROM login_place WHERE user_id = $1 AND address = $2`, a.user, a.address)
	recent.Known = known > 0
	return recent, err
}

// countFailure adds one to each counter; a counter silent for the window starts
// again.
func countFailure(ctx context.Context, tx db.Tx, a attempt, window time.Duration) error {
	for kind, subject := range a.subjects() {
		_, err := tx.Exec(ctx,
			`INSERT INTO login_failure (kind, subject, failed, last_at) VALUES ($1, $2, 1, $3)
			 ON CONFLICT (kind, subject) DO UPDATE SET
			   failed = CASE WHEN login_failure.last_at <= $4 THEN 1 ELSE login_failure.failed + 1 END, last_at = $3`,
			kind, subject, tx.Now(), tx.Now().Add(-window))
		if err != nil {
			return err
		}
	}
	return nil
}

// clearFailures forgets the failures of an account, and takes this attempt back
// from its address: one good account there does not excuse guesses at others.
func clearFailures(ctx context.Context, tx db.Tx, a attempt) error {
	for kind, subject := range a.subjects() {
		sql := `DELETE FROM login_failure WHERE kind = $1 AND subject = $2`
		if kind == countAddress {
			sql = `UPDATE login_failure SET failed = failed - 1 WHERE kind = $1 AND subject = $2`
		}
		if _, err := tx.Exec(ctx, sql, kind, subject); err != nil {
			return err
		}
	}
	return nil
}

// clearLogin forgets the failures of an account, from wherever they came.
func clearLogin(ctx context.Context, tx db.Tx, login string) error {
	_, err := tx.Exec(ctx, `DELETE FROM login_failure WHERE kind = $1 AND subject = $2`, countLogin, login)
	return err
}

// rememberPlace notes that a user has logged in from an address.
func rememberPlace(ctx context.Context, tx db.Tx, a attempt) error {
	if a.address == "" {
		return nil
	}
	_, err := tx.Exec(ctx,
		`INSERT INTO login_place (user_id, address, last_at) VALUES ($1, $2, $3)
		 ON CONFLICT (user_id, address) DO UPDATE SET last_at = $3`, a.user, a.address, tx.Now())
	return err
}

// hasPlaces says whether a user has logged in from anywhere.
func hasPlaces(ctx context.Context, r db.Reader, a attempt) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM login_place WHERE user_id = $1`, a.user)
	return n > 0, err
}
