package app_test

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"wasl/internal/app"
	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/module/board"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/config"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
	"wasl/internal/testkit/pagetest"
)

// demoTree is the file of units of the demonstration.
//
//go:embed demo/units.csv
var demoTree string

// filledOn fills a small demonstration on an engine, on 27 November 2026 at noon.
func filledOn(t *testing.T, engine string) *app.App {
	t.Helper()
	set, err := app.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	a := openedWith(t, map[string]string{"db": dbtest.DSN(t, engine, set), "data-dir": t.TempDir(), "listen": "127.0.0.1:0"}, app.Options{
		Now: func() time.Time { return noon }, Wall: time.Now, Demo: true, Past: true, Password: auth.Params{MemoryKiB: 64, Time: 1, Threads: 1},
		Random: rand.NewChaCha8([32]byte{1}),
	})
	if _, err := a.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Demo(t.Context(), app.DemoSize{Contracts: 160, Seed: 5}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return a
}

// opened opens an installation that is there.
func opened(t *testing.T, g cli.Globals) *app.App {
	t.Helper()
	return openedWith(t, g.Settings, app.Options{Now: time.Now})
}

func openedWith(t *testing.T, settings map[string]string, o app.Options) *app.App {
	t.Helper()
	cfg, err := config.Load(settings, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// books are the rows that the figures of a board come from, read plainly and added up here.
type books struct {
	t *testing.T
	a *app.App
	// agence is the agence of a centre or counter, name the code of a unit.
	agence map[op.ID]string
	ids    map[string]op.ID
	bills  []bookBill
	items  map[op.ID]bookItem
	pays   []bookPay
	// closed is when a unit closed a month.
	closed map[op.ID]map[day.Date]time.Time
}

type bookBill struct {
	unit   op.ID
	issued day.Date
	total  money.Amount
}

type bookItem struct {
	unit                   op.ID
	kind                   string
	amount                 money.Amount
	due, issued, effective day.Date
	at                     time.Time
}

type bookPay struct {
	debit, credit op.ID
	amount        money.Amount
	effective     day.Date
	at            time.Time
}

// read reads them; the tree of the demonstration comes from its own file.
func read(t *testing.T, a *app.App) *books {
	t.Helper()
	b := &books{t: t, a: a, agence: map[op.ID]string{}, ids: map[string]op.ID{}, items: map[op.ID]bookItem{}, closed: map[op.ID]map[day.Date]time.Time{}}
	err := a.DB.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		each := func(sql string, scan func(db.Rows) error) {
			if err := db.Each(ctx, r, scan, sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		each(`SELECT id, code FROM unit`, func(rows db.Rows) error {
			var id op.ID
			var code string
			err := rows.Scan(&id, &code)
			b.ids[code] = id
			return err
		})
		each(`SELECT unit_id, issued_on, total FROM bill WHERE kind = 'bill'`, func(rows db.Rows) error {
			var x bookBill
			err := rows.Scan(&x.unit, &x.issued, &x.total)
			b.bills = append(b.bills, x)
			return err
		})
		each(`SELECT id, managing_unit_id, kind, amount, due_on, issued_on, effective_on, recorded_at FROM open_item`, func(rows db.Rows) error {
			var id op.ID
			var x bookItem
			err := rows.Scan(&id, &x.unit, &x.kind, &x.amount, &x.due, &x.issued, &x.effective, &x.at)
			b.items[id] = x
			return err
		})
		each(`SELECT debit_item_id, credit_item_id, amount, effective_on, recorded_at FROM allocation`, func(rows db.Rows) error {
			var x bookPay
			err := rows.Scan(&x.debit, &x.credit, &x.amount, &x.effective, &x.at)
			b.pays = append(b.pays, x)
			return err
		})
		each(`SELECT unit_id, month, recorded_at FROM period_closing`, func(rows db.Rows) error {
			var unit op.ID
			var month day.Date
			var at time.Time
			err := rows.Scan(&unit, &month, &at)
			if b.closed[unit] == nil {
				b.closed[unit] = map[day.Date]time.Time{}
			}
			b.closed[unit][month] = at
			return err
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	parent := map[string]string{}
	for _, line := range strings.Split(demoTree, "\n")[1:] {
		if cells := strings.Split(line, ";"); len(cells) > 3 {
			parent[cells[0]] = cells[3]
		}
	}
	for code, id := range b.ids {
		for at := code; at != ""; at = parent[at] {
			if strings.HasPrefix(at, "AG-") {
				b.agence[id] = at
			}
		}
	}
	return b
}

// left is what is left of what customers owe, kept by a rule, at the end of a day: as known
// now, or in a closed month as known when each unit closed it.
func (b *books) left(on day.Date, closed bool, agence string, keep func(bookItem) bool) (sum money.Amount) {
	known := func(unit op.ID, effective day.Date, at time.Time) bool {
		if effective.After(on) {
			return false
		}
		if !closed {
			return true
		}
		limit, ok := b.closed[unit][day.MonthOf(on).First()]
		return ok && !at.After(limit)
	}
	of := map[op.ID]money.Amount{}
	for id, i := range b.items {
		if i.amount > 0 && b.agence[i.unit] == agence && keep(i) && known(i.unit, i.effective, i.at) {
			of[id] = i.amount
		}
	}
	for _, p := range b.pays {
		if _, ok := of[p.debit]; ok && known(b.items[p.debit].unit, p.effective, p.at) {
			of[p.debit] -= p.amount
		}
	}
	for _, amount := range of {
		sum += amount
	}
	return sum
}

// standing is the line of an agence, added up here.
func (b *books) standing(agence string, month day.Month, on day.Date, closed bool) (s board.Standing) {
	in := func(d day.Date, m day.Month) bool { return day.MonthOf(d) == m }
	for _, x := range b.bills {
		switch {
		case b.agence[x.unit] != agence:
		case in(x.issued, month):
			s.Bills, s.Billed = s.Bills+1, s.Billed+x.total
		case in(x.issued, month.Add(-1)):
			s.BilledBefore += x.total
		case in(x.issued, month.Add(-12)):
			s.BilledYear += x.total
		}
	}
	s.Collected = s.Billed - b.left(on, closed, agence, func(i bookItem) bool { return i.kind == "bill" && in(i.issued, month) })
	s.Arrears = b.left(on, closed, agence, func(i bookItem) bool { return i.due.Before(on) })
	s.Old = b.left(on, closed, agence, func(i bookItem) bool { return i.due.AddDays(90).Before(on) })
	if closed {
		before := month.Add(-1).Last()
		s.ArrearsBefore = b.left(before, true, agence, func(i bookItem) bool { return i.due.Before(before) })
	}
	return s
}

func TestTheBoardIsTheSumOfItsRows(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			a := filledOn(t, engine)
			b, visit := read(t, a), pagetest.On(t, a).Page
			for _, c := range []struct {
				month, live string
				on          string
				closed      bool
			}{
				{"2026-10-01", "", "2026-10-31", true}, {"2026-10-01", "true", "2026-11-27", false}, {"2026-11-01", "", "2026-11-27", false}, {"2026-06-01", "", "2026-06-30", true},
			} {
				on, month := dayOf(t, c.on), day.MonthOf(dayOf(t, c.month))
				lines := map[string]board.Standing{}
				b.rows("board.unit.list", op.Input{"under": b.ids["DRI-TA"].String(), "month": c.month, "live": c.live}, 0, func(row any) {
					s, _ := row.(board.Standing)
					for code, id := range b.ids {
						if id == s.Unit {
							lines[code] = s
						}
					}
				})
				for _, agence := range []string{"AG-BM", "AG-KH", "AG-FB"} {
					got, want := lines[agence], b.standing(agence, month, on, c.closed)
					if want.Billed == 0 && c.month != "2026-11-01" || got.Closed != c.closed {
						t.Errorf("%s %s: nothing billed, or closed %v", c.month, agence, got.Closed)
					}
					if got.Bills != want.Bills || got.Billed != want.Billed || got.BilledBefore != want.BilledBefore || got.BilledYear != want.BilledYear ||
						got.Collected != want.Collected || got.Arrears != want.Arrears || got.Old != want.Old || got.ArrearsBefore != want.ArrearsBefore {
						t.Errorf("%s live %q %s:\n got %+v\nwant %+v", c.month, c.live, agence, got, want)
					}
					b.follow(visit("/board?"+url.Values{"month": {c.month}, "live": {c.live}, "unit": {b.ids["DRI-TA"].String()}}.Encode()), got)
				}
			}
		})
	}
}

func dayOf(t *testing.T, iso string) day.Date {
	t.Helper()
	d, err := day.Parse(iso)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// rows reads a list as the administrator.
func (b *books) rows(name string, in op.Input, unit op.ID, fn func(any)) {
	b.t.Helper()
	q := op.Request{Name: name, Credential: op.Credential{Channel: op.Console, Login: "admin"}, Input: in, Unit: int64(unit)}
	if _, err := b.a.Runner.Rows(b.t.Context(), q, nil, func(row any) error { fn(row); return nil }); err != nil {
		b.t.Fatalf("%s %v: %v", name, in, err)
	}
}

// follow holds each figure of a line on the page against the list that it leads to.
func (b *books) follow(doc *html.Node, s board.Standing) {
	b.t.Helper()
	followed := 0
	for _, row := range pagetest.All(doc, "#units tbody tr") {
		cells := pagetest.All(row, "td")
		if len(cells) == 0 || !strings.Contains(link(cells[0]), "unit="+s.Unit.String()) {
			continue
		}
		for at, check := range map[int]func(listed) bool{
			1:  func(l listed) bool { return l.count == s.Bills },
			2:  func(l listed) bool { return l.amount == s.Billed },
			3:  func(l listed) bool { return l.amount == s.BilledBefore },
			4:  func(l listed) bool { return l.amount == s.BilledYear },
			5:  func(l listed) bool { return l.amount-l.left == s.Collected },
			6:  func(l listed) bool { return l.amount-l.left == s.Collected && l.amount == s.Billed },
			7:  func(l listed) bool { return l.left == s.Arrears },
			8:  func(l listed) bool { return l.left == s.Old },
			9:  func(l listed) bool { return l.count == s.Anomalies },
			10: func(l listed) bool { return l.count == s.Late },
		} {
			followed++
			if l := b.behind(link(cells[at])); !check(l) {
				b.t.Errorf("%s, column %d: the list behind %q has %+v, the line is %+v", s.Month, at, pagetest.Text(cells[at]), l, s)
			}
		}
	}
	if followed != 10 {
		b.t.Errorf("%d figures followed of the line of %s, of 10", followed, s.Unit)
	}
}

// link is where a cell leads.
func link(cell *html.Node) string {
	for _, a := range pagetest.All(cell, "a[href]") {
		for _, attr := range a.Attr {
			if attr.Key == "href" {
				return attr.Val
			}
		}
	}
	return ""
}

// listed is what a list comes to.
type listed struct {
	count        int64
	amount, left money.Amount
}

// behind reads the whole list of a page's address.
func (b *books) behind(href string) (l listed) {
	b.t.Helper()
	u, err := url.Parse(href)
	if err != nil {
		b.t.Fatal(err)
	}
	name := map[string]string{"/ledger/items": "ledger.item.list", "/metering/anomalies": "metering.anomaly.list", "/metering": "metering.period.list"}[u.Path]
	q := u.Query()
	var unit op.ID
	if _, err := fmt.Sscan(q.Get("unit"), &unit); err != nil || name == "" {
		b.t.Fatalf("%q leads to no list of a unit", href)
	}
	q.Del("unit")
	b.rows(name, op.FromValues(q), unit, func(row any) {
		l.count++
		if i, ok := row.(ledger.ItemRow); ok {
			l.amount, l.left = l.amount+i.Amount, l.left+i.Left
		}
	})
	return l
}
