package access

import (
	"context"
	"iter"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// storedToken is what an API token is checked against.
type storedToken struct {
	id            int64
	expires       day.Date
	used, revoked time.Time
	only          *op.RightSet
	user          User
}

func findToken(ctx context.Context, r db.Reader, digest auth.Digest) (t storedToken, found bool, err error) {
	var rights string
	found, err = db.ScanOne(ctx, r,
		`SELECT t.id, t.expires_on, t.used_at, t.revoked_at, t.rights, `+userColumns+`
		 FROM api_token t JOIN app_user u ON u.id = t.user_id WHERE t.digest = $1`,
		[]any{digest}, append([]any{&t.id, &t.expires, &t.used, &t.revoked, &rights}, t.user.scan()...)...)
	t.only = op.NewRightSet(strings.Fields(rights))
	return t, found, err
}

func insertToken(ctx context.Context, tx db.Tx, t Token, user int64, digest auth.Digest) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO api_token (id, user_id, name, shown, digest, recorded_at, expires_on, rights) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.ID, user, t.Name, t.Shown, digest, tx.Now(), t.ExpiresOn, strings.Join(t.Rights, " "))
	return err
}

// countTokens is the number of tokens of a user that are still good.
func countTokens(ctx context.Context, r db.Reader, user int64, on day.Date) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM api_token WHERE user_id = $1 AND revoked_at IS NULL AND expires_on >= $2`, user, on)
}

func scanToken(rows db.Rows) (t Token, err error) {
	var rights string
	err = rows.Scan(&t.ID, &t.Name, &t.Shown, &t.RecordedAt, &t.ExpiresOn, &t.UsedAt, &t.RevokedAt, &rights)
	t.Rights = strings.Fields(rights)
	return t, err
}

const tokenColumns = `id, name, shown, recorded_at, expires_on, used_at, revoked_at, rights`

func ownTokens(ctx context.Context, x *op.Exec) iter.Seq2[Token, error] {
	var w db.Where
	w.And("user_id = ?", x.Actor.UserID)
	order := x.Keyset(&w, map[string][]string{"recorded_at": {"@recorded_at", "#id"}})
	return db.Seq(ctx, x.R, scanToken, `SELECT `+tokenColumns+` FROM api_token`+w.SQL()+order, w.Args()...)
}

// ownToken reads a token of the user; NotFound "token.unknown" for others'.
func ownToken(ctx context.Context, r db.Reader, user int64, id op.ID) (Token, error) {
	t, err := db.One(ctx, r, scanToken, `SELECT `+tokenColumns+` FROM api_token WHERE id = $1 AND user_id = $2`, id, user)
	if fault.KindOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "token.unknown", "id", id)
	}
	return t, err
}

func revokeToken(ctx context.Context, tx db.Tx, id op.ID) error {
	n, err := tx.Exec(ctx, `UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL`, tx.Now(), id)
	return forgetIf(ctx, tx, n, err, whoStamp)
}

// revokeTokens ends every API token of a user.
func revokeTokens(ctx context.Context, tx db.Tx, user op.ID) error {
	n, err := tx.Exec(ctx, `UPDATE api_token SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL`, tx.Now(), user)
	return forgetIf(ctx, tx, n, err, whoStamp)
}
