package access_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/kernel/day"
	"wasl/internal/module/access"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// drawn is a random grant, kept beside the database for the naive computation.
type drawn struct {
	user     int
	role     int
	unit     int64
	from, to day.Date
	limit    *int64
}

func (g drawn) on(d day.Date) bool {
	return d.Compare(g.from) >= 0 && (g.to.IsZero() || d.Compare(g.to) <= 0)
}

func roleSets() [][]string {
	return [][]string{{"cash.desk.collect"}, {"cash.desk.close"}, {"cash.desk.collect", "cash.desk.refund"}, {"cash.desk.refund.approve", "access.user.list"}}
}

// naive computes the matrix from the definition: user → right → units, conflict.
func naive(grants []drawn, unit int64, on day.Date) map[string]string {
	conflicts := [][2]string{{"cash.desk.collect", "cash.desk.close"}, {"cash.desk.refund", "cash.desk.refund.approve"}}
	out := map[string]string{}
	for user := range 4 {
		units := map[string][]int64{}
		for _, g := range grants {
			concerns := below(g.unit, unit) || below(unit, g.unit)
			if g.user == user && g.on(on) && concerns {
				for _, right := range roleSets()[g.role] {
					units[right] = append(units[right], g.unit)
				}
			}
		}
		bad := map[string]bool{}
		for _, c := range conflicts {
			for _, a := range units[c[0]] {
				for _, b := range units[c[1]] {
					if below(a, b) || below(b, a) {
						bad[c[0]], bad[c[1]] = true, true
					}
				}
			}
		}
		for right, list := range units {
			slices.Sort(list)
			out[fmt.Sprintf("u%d %s", user, right)] = fmt.Sprintf("%d %v", len(slices.Compact(list)), bad[right])
		}
	}
	return out
}

func TestMatrixIsWhatTheGrantsSay(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			matrixProperty(t, newEnv(t, engine))
		})
	}
}

func matrixProperty(t *testing.T, e *env) {
	e.setup()
	var users, roles []op.ID
	for i := range 4 {
		users = append(users, e.user(fmt.Sprintf("u%d", i)+"x", centreA))
	}
	for i, set := range roleSets() {
		roles = append(roles, e.role(fmt.Sprintf("R%d", i), set...))
	}
	units := []int64{top, regionA, agencyA, centreA, centreB, agencyB, regionB, agencyC}
	today := day.Of(start())
	rapid.Check(t, func(t *rapid.T) {
		grants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawn {
			g := drawn{user: rapid.IntRange(0, 3).Draw(t, "user"), role: rapid.IntRange(0, 3).Draw(t, "role"), unit: rapid.SampledFrom(units).Draw(t, "unit")}
			g.from = today.AddDays(rapid.IntRange(-3, 2).Draw(t, "from"))
			if rapid.Bool().Draw(t, "ends") {
				g.to = g.from.AddDays(rapid.IntRange(-1, 4).Draw(t, "days"))
			}
			return g
		}), 0, 10).Draw(t, "grants")
		on := today.AddDays(rapid.IntRange(-1, 2).Draw(t, "on"))
		unit := rapid.SampledFrom(units).Draw(t, "scope")
		storeDrawn(t, e, users, roles, grants)
		in := op.Input{"unit": id(unit), "on": on.String()}
		m := e.must(as("root"), "access.matrix", in).Out.(access.Matrix)
		want, got := naive(grants, unit, on), map[string]string{}
		holders := map[string]int64{}
		for _, row := range m.Rows {
			for _, cell := range row.Cells {
				if row.Login != "root" {
					got[strings.TrimSuffix(row.Login, "x")+" "+cell.Right] = fmt.Sprintf("%d %v", cell.Places, cell.Conflict)
				}
				holders[cell.Right]++
			}
		}
		if !mapsEqual(got, want) {
			t.Fatalf("on %v in %d:\n got %v\nwant %v", on, unit, got, want)
		}
		for _, c := range m.Columns {
			if c.Holders != holders[c.Right] {
				t.Fatalf("%s: %d holders, rows show %d", c.Right, c.Holders, holders[c.Right])
			}
		}
		checkExport(t, e, grants, unit, on, want)
	})
}

// checkExport compares the rows of the export with the same computation.
func checkExport(t *rapid.T, e *env, grants []drawn, unit int64, on day.Date, want map[string]string) {
	rows, err := e.rows(op.Request{Name: "access.matrix.list", Credential: as("root"), Unit: unit, Input: op.Input{"on": on.String()}})
	if err != nil {
		t.Fatal(err)
	}
	seen, n := map[string]bool{}, 0
	for _, r := range rows {
		h := r.(access.HeldRight)
		if h.Login == "root" {
			continue
		}
		n++
		key := strings.TrimSuffix(h.Login, "x") + " " + h.Right
		seen[key] = true
		if _, expected := want[key]; !expected {
			t.Fatalf("export shows %s", key)
		}
		if h.Conflict && !strings.HasSuffix(want[key], "true") || h.UnitCode != "U"+h.Unit.String() {
			t.Fatalf("export row %+v, cell %s", h, want[key])
		}
	}
	expected := 0
	for _, g := range grants {
		if g.on(on) && (below(g.unit, unit) || below(unit, g.unit)) {
			expected += len(roleSets()[g.role])
		}
	}
	if len(seen) != len(want) || n != expected {
		t.Fatalf("export has %d rows of %d cells, want %d of %d", n, len(seen), expected, len(want))
	}
}

func mapsEqual(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func storeDrawn(t *rapid.T, e *env, users, roles []op.ID, grants []drawn) {
	err := e.d.Write(context.Background(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
		if err := access.Forget(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM access_grant WHERE user_id <> $1`, e.admin); err != nil {
			return err
		}
		for _, g := range grants {
			n, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx,
				`INSERT INTO access_grant (id, user_id, role_id, unit_id, valid_from, valid_to, amount_limit, reason, end_reason, version, recorded_at)
				 VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 1, $8)`, n, users[g.user], roles[g.role], g.unit, g.from, g.to, g.limit, tx.Now())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMatrixCell(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		amina, cashier := e.user("amina", centreA), e.role("CASH", "cash.desk.collect")
		e.grant(amina, cashier, centreA, "2026-01-01", "", nil)
		e.grant(amina, cashier, agencyA, "2026-01-01", "2026-12-31", 50000)
		e.grant(amina, cashier, agencyA, "2026-01-01", "2026-11-30", 90000)
		e.twoAdministrators()
		p := e.must(as("root"), "access.grant.add", ask(amina, e.role("CLOSE", "cash.desk.close"), centreA))
		m := e.must(as("root"), "access.matrix", op.Input{"search": "AMINÀ"}).Out.(access.Matrix)
		if len(m.Rows) != 1 || m.People != 3 || len(m.Rows[0].Cells) != 2 {
			e.t.Fatalf("%d people, rows %+v", m.People, m.Rows)
		}
		closes, collects := m.Rows[0].Cells[0], m.Rows[0].Cells[1]
		if closes.Right != "cash.desk.close" || closes.Proposal != p.Proposal || closes.Places != 0 {
			e.t.Errorf("asked for: %+v", closes)
		}
		if collects.Unit != agencyA || collects.Kind != "agency_service" || collects.Places != 2 || collects.Until.String() != "2026-11-30" ||
			collects.Limit == nil || *collects.Limit != 90000 {
			e.t.Errorf("held: %+v", collects)
		}
	})
}

func TestMatrixPages(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		cashier := e.role("CASH", "cash.desk.collect")
		for _, login := range []string{"ua", "ub", "uc", "ud", "ue"} {
			e.grant(e.user(login, centreA), cashier, centreA, "2026-01-01", "", nil)
		}
		var seen []string
		in := op.Input{"unit": id(centreA), "people": "2"}
		for page := range 4 {
			m := e.must(as("root"), "access.matrix", in).Out.(access.Matrix)
			for _, row := range m.Rows {
				seen = append(seen, row.Login)
			}
			if m.More != (page < 2) {
				e.t.Fatalf("page %d: more %v", page, m.More)
			}
			if !m.More {
				break
			}
			in["after"] = m.Rows[len(m.Rows)-1].User.String()
		}
		if got := strings.Join(seen, " "); got != "ua ub uc ud ue root" {
			e.t.Errorf("people %s", got)
		}
	})
}

func TestMatrixIsScoped(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		cashier := e.role("CASH", "cash.desk.collect")
		boss := e.user("boss", agencyA)
		e.grant(boss, e.role("SEE", "access.matrix", "access.matrix.list", "access.conflict.list"), agencyA, "2026-01-01", "", nil)
		for login, unit := range map[string]int64{"inside": centreA, "sibling": agencyB, "elsewhere": agencyC} {
			e.grant(e.user(login, unit), cashier, unit, "2026-01-01", "", nil)
		}
		m := e.must(as("boss"), "access.matrix", op.Input{}).Out.(access.Matrix)
		var logins []string
		for _, row := range m.Rows {
			logins = append(logins, row.Login)
		}
		// root holds everything above the agency, hence in it
		if got := strings.Join(logins, " "); got != "boss inside root" {
			e.t.Errorf("sees %s", got)
		}
		e.refused(as("boss"), "access.matrix", op.Input{"unit": id(agencyB)}, "scope.outside")
		e.refused(as("boss"), "access.matrix", op.Input{"unit": id(regionB)}, "scope.outside")
		e.refused(as("inside"), "access.matrix", op.Input{}, "right.missing")
	})
}

func TestConflictList(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		collects, closes := e.role("CASH", "cash.desk.collect"), e.role("CLOSE", "cash.desk.close")
		both, apart := e.user("both", centreA), e.user("apart", centreA)
		e.grant(both, collects, centreA, "2026-01-01", "2026-12-31", nil)
		e.grant(both, closes, agencyA, "2026-01-01", "2026-11-30", nil)
		e.grant(apart, collects, centreA, "2026-01-01", "", nil)
		e.grant(apart, closes, centreB, "2026-01-01", "", nil)
		var found []access.HeldConflict
		for _, r := range e.list(as("root"), "access.conflict.list", op.Input{}) {
			if c := r.(access.HeldConflict); c.Login != "root" {
				found = append(found, c)
			}
		}
		if len(found) != 1 || found[0].Login != "both" || found[0].Unit != centreA || found[0].Until.String() != "2026-11-30" {
			e.t.Errorf("conflicts %+v", found)
		}
		if rows := e.list(as("root"), "access.conflict.list", op.Input{"on": "2026-12-01", "user": both.String()}); len(rows) != 0 {
			e.t.Errorf("on 1 December %v", rows)
		}
		e.samePages("access.conflict.list", 7)
	})
}

// samePages reads a list page by page and compares with the whole.
func (e *env) samePages(name string, limit int) {
	e.t.Helper()
	whole := e.list(as("root"), name, op.Input{})
	d := e.reg.Find(name)
	sort := strings.TrimPrefix(d.Sorts[0], "-")
	var pages []any
	var after []string
	for range len(whole) + 1 {
		rows, err := e.rows(op.Request{Name: name, Credential: as("root"), Page: op.Page{Limit: limit, After: after, Sort: d.Sorts[0]}})
		if err != nil {
			e.t.Fatal(err)
		}
		if len(rows) == 0 {
			break
		}
		pages = append(pages, rows...)
		after = rows[len(rows)-1].(op.Keyed).PageKey(sort)
	}
	if a, b := fmt.Sprint(pages), fmt.Sprint(whole); a != b {
		e.t.Errorf("%s: pages of %d differ:\n%s\n%s", name, limit, a, b)
	}
}

func TestListsPageTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(e *env) {
		cashier := e.role("CASH", "cash.desk.collect", "cash.desk.close")
		for _, login := range []string{"ua", "ub", "uc", "ud"} {
			u := e.member(login, centreA)
			e.grant(u, cashier, centreA, "2025-01-01", "", nil)
			e.login(login)
			e.must(as("root"), "me.token_add", op.Input{"name": login, "expires_on": "2026-12-31"})
		}
		for _, name := range []string{
			"access.user.list", "access.session.list", "access.role.list", "access.grant.list", "access.matrix.list", "access.review.list", "me.token_list",
		} {
			if n := len(e.list(as("root"), name, op.Input{})); n < 4 {
				e.t.Errorf("%s: only %d rows", name, n)
			}
			e.samePages(name, 2)
			e.samePages(name, 3)
		}
	})
}
