package org

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Each kind of corruption is named by the check.
func TestCheckNamesCorruption(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, rule, sql string
	}{
		{"no top", "top", `UPDATE unit SET kind = 'region' WHERE code = 'DG'`},
		{"the top hangs", "top", `INSERT INTO unit_attachment (unit_id, valid_from, parent_id, reason, actor_id, recorded_at)
			SELECT a.id, '2020-01-01', b.id, '', 1, r.recorded_at FROM unit a, unit b, unit_attachment r WHERE a.code = 'DG' AND b.code = 'DR1' AND r.unit_id = b.id`},
		{"kind", "kind", `UPDATE unit SET kind = 'centre' WHERE code = 'AG1'`},
		{"no place", "hole", `DELETE FROM unit_attachment WHERE unit_id = (SELECT id FROM unit WHERE code = 'C1')`},
		{"late place", "hole", `UPDATE unit SET opened_on = '2019-06-01' WHERE code = 'C1'`},
		{"hole", "hole", `UPDATE unit_attachment SET valid_to = '2024-06-01' WHERE valid_to = '2025-01-01'`},
		{"overlap", "overlap", `UPDATE unit_attachment SET valid_to = '2025-06-01' WHERE valid_to = '2025-01-01'`},
		{"open for ever twice", "overlap", `UPDATE unit_attachment SET valid_to = NULL WHERE valid_to = '2025-01-01'`},
		{"early end", "hole", `UPDATE unit_attachment SET valid_to = '2026-01-01' WHERE unit_id = (SELECT id FROM unit WHERE code = 'U1')`},
		{"parent closed", "parent_open", `UPDATE unit SET closed_on = '2026-01-01' WHERE code = 'AG1'`},
		{"parent opens later", "parent_open", `UPDATE unit SET opened_on = '2012-01-01' WHERE code = 'DG'`},
		{"circle", "circle", `UPDATE unit_attachment SET parent_id = (SELECT id FROM unit WHERE code = 'U1')
			WHERE unit_id = (SELECT id FROM unit WHERE code = 'C1')`},
		{"row missing", "closure", `DELETE FROM unit_closure WHERE depth = 2 AND unit_id = (SELECT id FROM unit WHERE code = 'C1')`},
		{"row too many", "closure", `INSERT INTO unit_closure (ancestor_id, unit_id, valid_from, depth)
			SELECT a.id, u.id, '1900-01-01', 4 FROM unit a, unit u WHERE a.code = 'AG2' AND u.code = 'U1'`},
		{"row ends early", "closure", `UPDATE unit_closure SET valid_to = '2020-05-05' WHERE depth = 1 AND unit_id = (SELECT id FROM unit WHERE code = 'C2')`},
		{"wrong depth", "closure", `UPDATE unit_closure SET depth = 9 WHERE depth = 2 AND unit_id = (SELECT id FROM unit WHERE code = 'C2')`},
		{"moved behind its back", "closure", `UPDATE unit_attachment SET parent_id = (SELECT id FROM unit WHERE code = 'AG2')
			WHERE unit_id = (SELECT id FROM unit WHERE code = 'C2')`},
	}
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		b.change("move", "C1", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2025-01-01"})
		b.healthy()
		for _, c := range cases {
			var found []Finding
			err := b.db.Write(t.Context(), db.WriteOptions{DryRun: true}, func(ctx context.Context, tx db.Tx) error {
				n, err := tx.Exec(ctx, c.sql)
				if err != nil || n == 0 {
					return fmt.Errorf("%d rows: %w", n, err)
				}
				found, _, err = CheckTree(ctx, tx)
				return err
			})
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == c.rule }) {
				t.Errorf("%s: found %v, want %s", c.name, found, c.rule)
			}
		}
		b.healthy()
	})
}

// A long random life of a stored organisation: after every change the closure in
// the database, the filter built on it, the tree in memory and the independent
// check agree.
func TestRandomLife(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		random := rand.New(rand.NewPCG(7, 11))
		b.plantation()
		codes := []string{"DG", "DR1", "DR2", "AG1", "AG2", "C1", "C2", "C3", "U1"}
		done := 0
		for i := range 60 {
			code := codes[random.IntN(len(codes))]
			on := date(t, "2022-01-01").AddDays(random.IntN(3000)).String()
			var err error
			switch random.IntN(6) {
			case 0:
				next := fmt.Sprintf("N%d", i)
				kind := []Kind{Region, AgencyMixed, Centre, Annex}[random.IntN(4)]
				var res op.Result
				res, err = b.try(admin, "org.unit.add", op.Input{
					"code": next, "kind": string(kind), "name": "Unité", "parent": b.ids[code].String(), "opened_on": on,
				})
				if err == nil {
					b.ids[next] = res.Out.(op.Saved).ID
					codes = append(codes, next)
				}
			case 1:
				_, err = b.tryChange("close", code, op.Input{"closed_on": on})
			case 2:
				_, err = b.tryChange("reopen", code, op.Input{})
			default:
				_, err = b.tryChange("move", code, op.Input{"parent": b.ids[codes[random.IntN(len(codes))]].String(), "valid_from": on})
			}
			if err == nil {
				done++
				b.healthy()
			}
		}
		if done < 5 {
			t.Fatalf("only %d changes went through", done)
		}
		b.filterAgrees(codes)
	})
}

// filterAgrees compares Filter with Within for every pair of units on several
// dates.
func (b *bench) filterAgrees(codes []string) {
	b.t.Helper()
	for year := 2021; year < 2032; year += 2 {
		on, err := day.New(year, 6, 15)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, root := range codes {
			b.read(func(ctx context.Context, r db.Reader) error {
				var w db.Where
				b.m.Places().Filter(&w, "id", op.Scope{Roots: []int64{int64(b.ids[root])}, On: on})
				list, err := filtered(ctx, r, &w)
				if err != nil {
					return err
				}
				for _, code := range codes {
					in, err := b.m.Places().Within(ctx, r, int64(b.ids[code]), int64(b.ids[root]), on)
					if err != nil {
						return err
					}
					if in != slices.Contains(list, code) {
						b.t.Errorf("%s below %s on %s: Within says %v, Filter %v", code, root, on, in, !in)
					}
				}
				return nil
			})
		}
	}
}

func filtered(ctx context.Context, r db.Reader, w *db.Where) ([]string, error) {
	return db.All(ctx, r, func(rows db.Rows) (code string, err error) {
		err = rows.Scan(&code)
		return code, err
	}, `SELECT code FROM unit`+w.SQL()+` ORDER BY code`, w.Args()...)
}

// Without roots a scope holds nothing.
func TestFilterOfNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.read(func(ctx context.Context, r db.Reader) error {
			var w db.Where
			b.m.Places().Filter(&w, "id", op.Scope{On: date(t, "2026-01-01")})
			list, err := filtered(ctx, r, &w)
			if len(list) > 0 {
				t.Errorf("no root shows %v", list)
			}
			return err
		})
	})
}
