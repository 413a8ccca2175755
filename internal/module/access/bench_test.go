package access_test

import (
	"context"
	"fmt"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// BenchmarkScreens measures the heavy pages with 5,000 people of three grants
// each, as the administrator of everything.
func BenchmarkScreens(b *testing.B) {
	e := newEnv(b, dbtest.SQLite)
	e.setup()
	audit, clerk := e.shippedRole("AUDIT"), e.shippedRole("HABILITATION")
	units := []int64{centreA, centreB, agencyA, agencyB, agencyC}
	e.write(func(ctx context.Context, tx db.Tx) error {
		for i := range int64(5000) {
			_, err := tx.Exec(ctx,
				`INSERT INTO app_user (id, login, name, email, phone, lang, unit_id, function_title, state, state_reason, password_hash, must_change,
				   version, search, recorded_at) VALUES ($1, $2, $3, '', '', 'fr', 111, '', 'active', '', '', $4, 1, $2, $5)`,
				1000+i, fmt.Sprintf("u%d", i), fmt.Sprintf("Person %d", i*7919%5000), false, tx.Now())
			if err != nil {
				return err
			}
			for k, role := range []op.ID{audit, clerk, audit} {
				_, err := tx.Exec(ctx,
					`INSERT INTO access_grant (id, user_id, role_id, unit_id, valid_from, reason, end_reason, version, recorded_at)
					 VALUES ($1, $2, $3, $4, '2026-01-01', '', '', 1, $5)`, 100000+3*i+int64(k), 1000+i, role, units[(int(i)+k)%5], tx.Now())
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	b.Run("matrix", func(b *testing.B) {
		for b.Loop() {
			e.must(as("root"), "access.matrix", op.Input{})
		}
	})
	for _, name := range []string{"access.user.list", "access.grant.list", "access.matrix.list", "access.conflict.list", "access.review.list"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.rows(op.Request{Name: name, Credential: as("root"), Page: op.Page{Limit: 50}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
