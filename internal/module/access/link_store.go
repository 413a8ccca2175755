package access

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// linkKind says what a one-time link is for.
type linkKind string

const (
	linkSetup      linkKind = "setup"
	linkInvitation linkKind = "invitation"
	linkReset      linkKind = "reset"
)

// linkInvalid is the one answer to a link that is unknown, used or too old.
func linkInvalid() error { return fault.New(fault.Precondition, "link.invalid") }

// issueLink makes a one-time link and voids those of the same user before it.
func (m *Module) issueLink(ctx context.Context, tx db.Tx, kind linkKind, user op.ID, life time.Duration) (auth.Token, error) {
	if err := voidLinks(ctx, tx, user); err != nil {
		return auth.Token{}, err
	}
	token, err := auth.NewToken(auth.LinkToken, m.o.Random)
	if err != nil {
		return auth.Token{}, err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return auth.Token{}, err
	}
	_, err = tx.Exec(ctx,
		`INSERT INTO access_link (id, kind, user_id, digest, recorded_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, kind, user, token.Hash(), tx.Now(), tx.Now().Add(life))
	return token, err
}

// voidLinks makes the open links of a user unusable (user 0: the first
// administrator's).
func voidLinks(ctx context.Context, tx db.Tx, user op.ID) error {
	_, err := tx.Exec(ctx, `UPDATE access_link SET used_at = $1 WHERE user_id = $2 AND used_at IS NULL`, tx.Now(), user)
	return err
}

// openLink gives the user of a link that is still good at an instant.
func openLink(ctx context.Context, r db.Reader, now time.Time, text string, kinds ...linkKind) (digest auth.Digest, user op.ID, err error) {
	token, err := auth.ParseToken(auth.LinkToken, text)
	if err != nil {
		return "", 0, linkInvalid()
	}
	var kind linkKind
	found, err := db.ScanOne(ctx, r,
		`SELECT kind, user_id FROM access_link WHERE digest = $1 AND used_at IS NULL AND expires_at > $2`, []any{token.Hash(), now}, &kind, &user)
	if err != nil {
		return "", 0, err
	}
	for _, k := range kinds {
		if found && k == kind {
			return token.Hash(), user, nil
		}
	}
	return "", 0, linkInvalid()
}

// useLink takes a link; of two who hold it one gets through.
func useLink(ctx context.Context, tx db.Tx, digest auth.Digest) error {
	n, err := tx.Exec(ctx, `UPDATE access_link SET used_at = $1 WHERE digest = $2 AND used_at IS NULL AND expires_at > $1`, tx.Now(), digest)
	if err == nil && n == 0 {
		err = linkInvalid()
	}
	return err
}
