package access_test

import (
	"context"
	"testing"
	"time"

	"wasl/internal/module/access"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// What one process ends is ended at once for another that has just recalled it.
func TestRevocationReachesTheMemoryOfOthers(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		e.grant(amina, e.role("CASH", "cash.desk.collect"), centreA, "2026-01-01", "", nil)
		for name, end := range map[string]func(token op.ID){
			"revoked by its owner": func(token op.ID) { e.must(as("amina"), "me.token_revoke", op.Input{"id": token.String()}) },
			"revoked by hand, a little later": func(token op.ID) {
				e.exec(`UPDATE api_token SET revoked_at = recorded_at WHERE id = ` + token.String())
				e.clock.advance(10 * time.Second)
			},
		} {
			out := e.must(as("amina"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31"}).Out.(access.NewToken)
			c := op.Credential{Channel: op.API, Token: out.Token}
			for range 2 { // the second one is recalled
				e.must(c, "cash.desk.collect", collect(centreA, "1"))
			}
			if _, _, known := e.m.Recall(c, e.clock.Now()); !known {
				e.t.Fatalf("%s: the token was not remembered", name)
			}
			end(out.ID)
			e.refused(c, "cash.desk.collect", collect(centreA, "1"), "token.ended")
		}
	})
}

// A right taken away is gone for a change that was prepared from memory.
func TestRightTakenAwayWhileRecalled(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina := e.member("amina", centreA)
		g := e.grant(amina, e.role("CASH", "cash.desk.collect"), centreA, "2026-01-01", "", nil)
		out := e.must(as("amina"), "me.token_add", op.Input{"name": "script", "expires_on": "2026-12-31"}).Out.(access.NewToken)
		c := op.Credential{Channel: op.API, Token: out.Token}
		e.must(c, "cash.desk.collect", collect(centreA, "1"))
		other := dbtest.Connect(t, e.d.DSN(), db.Options{Now: e.clock.Now})
		err := other.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM access_grant WHERE id = $1`, g); err != nil {
				return err
			}
			return access.Forget(ctx, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, known := e.m.Recall(c, e.clock.Now()); !known {
			e.t.Fatal("the memory learned of it by itself: the test proves nothing")
		}
		e.refused(c, "cash.desk.collect", collect(centreA, "1"), "right.missing")
	})
}
