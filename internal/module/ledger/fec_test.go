package ledger

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// fecLine is a line of the file, read by its columns.
type fecLine struct{ journal, number, on, piece, valid string }

func fecLines(t *testing.T, file []byte) (out []fecLine) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(file), "\r\n"), "\r\n")
	for _, line := range lines[1:] {
		c := strings.Split(line, "\t")
		if len(c) != 18 {
			t.Fatalf("%d columns in %q", len(c), line)
		}
		out = append(out, fecLine{c[0], c[2], c[3], c[9], c[15]})
	}
	return out
}

// series reads the file as an auditor does: the entries of each journal and exercise in
// the order of the file must be numbered 1, 2, 3 … without gap, on days that never go
// back; what has no number has no date of validation.
func (p *replay) series(file []byte) (numbered, waiting int) {
	p.t.Helper()
	t, _ := p.t.(*testing.T)
	last, on, entry := map[string]int{}, map[string]string{}, map[string]string{}
	for _, l := range fecLines(t, file) {
		if strings.HasPrefix(l.number, "P") {
			if waiting++; l.valid != "" {
				t.Errorf("an entry of an open month is validated: %+v", l)
			}
			continue
		}
		exercise, digits, _ := strings.Cut(l.number, "-")
		key := l.journal + " " + exercise
		n, err := strconv.Atoi(digits)
		switch {
		case err != nil || l.valid == "":
			t.Errorf("%+v: %v", l, err)
		case l.number == entry[key]: // a further line of the same entry
		case n != last[key]+1 || l.on < on[key]:
			t.Errorf("%s: %d on %s follows %d on %s", key, n, l.on, last[key], on[key])
		default:
			numbered++
		}
		last[key], on[key], entry[key] = n, l.on, l.number
		if exercise != l.on[:4] || l.piece > l.on || l.valid < l.on {
			t.Errorf("%+v lies outside its exercise, before its fact or after its validation", l)
		}
	}
	return numbered, waiting
}

// TestNumbersHaveNoGap: after any history the numbers of each journal and exercise are
// a whole series in the order of the journal, those given never change, and the page of
// an entry says the same as the file.
func TestNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			total := 0
			for seed := range 9 {
				p := &replay{house: newHouse(t, engine)}
				given := map[op.ID]string{}
				for i, s := range anyHistory().Example(300 + seed) {
					s.Wait *= 3 // over more months, and the turn of a year
					p.run(s)
					if i%8 == 7 {
						p.keepsNumbers(given)
					}
				}
				p.closeAll()
				p.keepsNumbers(given)
				numbered, waiting := p.series(p.export("fec", op.Input{}))
				total += numbered
				if closed, open := p.series(p.export("fec", op.Input{"closed": true})); closed != numbered || open != 0 {
					t.Errorf("closed months hold %d numbered and %d other entries, the whole %d", closed, open, numbered)
				}
				if len(given) != numbered || waiting != 0 {
					t.Errorf("%d numbers on entries, %d in the file, %d lines wait", len(given), numbered, waiting)
				}
				p.read(func(ctx context.Context, r db.Reader) error {
					rep, err := Check().Run(ctx, r)
					if len(rep.Findings) > 0 {
						t.Errorf("verify: %v", rep.Findings)
					}
					return err
				})
			}
			if total < 40 {
				t.Errorf("only %d entries were numbered", total)
			}
		})
	}
}

// closeAll closes both centres through the present month.
func (p *replay) closeAll() {
	now := day.MonthOf(day.Of(p.clock.Now()))
	p.at(now.Add(1).First().AddDays(2).String())
	for _, code := range []string{"C1", "C2"} {
		for m, _ := day.ParseMonth("2025-01"); !m.After(now); m = m.Add(1) {
			err := p.write(func(ctx context.Context, tx db.Tx) error {
				_, err := p.m.CloseMonth(ctx, tx, p.units[code], m, "Arrêté", 1)
				return err
			})
			if err != nil && !slices.Contains(codesOf(err), "ledger.close_done") && !slices.Contains(codesOf(err), "ledger.close_order") {
				p.t.Fatal(err)
			}
		}
	}
}

// keepsNumbers expects every number that was given before, and collects the new ones.
func (p *replay) keepsNumbers(given map[op.ID]string) {
	p.t.Helper()
	p.read(func(ctx context.Context, r db.Reader) error {
		entries, err := db.All(ctx, r, func(rows db.Rows) (e Entry, err error) {
			err = e.scan(rows)
			return e, err
		}, `SELECT `+entryColumns+` FROM ledger_entry`)
		for _, e := range entries {
			number, err := numberOf(ctx, r, &e)
			if err != nil {
				return err
			}
			if old := given[e.ID]; old != "" && old != number {
				p.t.Errorf("entry %s was %s and is %s", e.ID, old, number)
			}
			if number != "" {
				given[e.ID] = number
			}
		}
		return err
	})
}

// TestNumbersByHand: a late fact stands at the first of the month that holds it, before
// what happened in it; an exercise that begins in July has its own series; the opening
// entry of the next turns revenue into a result.
func TestNumbersByHand(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			do[struct{}](h, "org.entity.fiscal_set", op.Input{
				"id": h.entity.String(), "parameter": string(org.ExerciseStart), "value": "7", "valid_from": "2025-01-01", "reason": "Statuts",
			})
			h.approveAll()
			h.at("2026-06-20")
			h.bill("2026-06-20", "100.00", "10.00")
			h.bill("2026-06-10", "200.00", "20.00")
			h.at("2026-07-05")
			june, _ := day.ParseMonth("2026-06")
			h.close(june)
			h.at("2026-07-08")
			h.bill("2026-07-08", "300.00", "30.00")
			h.bill("2026-06-12", "400.00", "40.00")
			july := june.Add(1)
			h.at("2026-08-03")
			h.bill("2026-08-02", "1.00", "0.10")
			h.close(july)
			var got []string
			for _, l := range fecLines(t, h.export("fec", op.Input{})) {
				if row := fmt.Sprint(l.number[:min(len(l.number), 1)], l.number[len(l.number)-1:], " ", l.on, " ", l.piece, " ", l.valid); len(got) == 0 || got[len(got)-1] != row {
					got = append(got, row)
				}
			}
			want := []string{
				"21 20260610 20260610 20260705", "22 20260620 20260620 20260705", "21 20260701 20260612 20260803", "22 20260708 20260708 20260803",
			}
			if len(got) != 5 || !slices.Equal(got[:4], want) || !strings.HasPrefix(got[4], "P") {
				t.Errorf("the journal reads %q", got)
			}
			next := strings.Split(string(h.export("fec", op.Input{"from": "2026-07-01", "closed": true, "entity": h.entity.String()})), "\r\n")
			var opening []string
			for _, line := range next[1:] {
				if c := strings.Split(line, "\t"); c[0] == "RAN" {
					opening = append(opening, c[2]+" "+c[4]+" "+c[11]+" "+c[12])
				}
			}
			if want := []string{"1 1181 0,00 300,00", "1 3421 330,00 0,00", "1 44551 0,00 30,00"}; !slices.Equal(opening, want) {
				t.Errorf("the exercise opens with %q", opening)
			}
		})
	}
}

// TestNumbersOfOldMonths: months closed before numbers were given have, after the
// migration, those that they would have been given.
func TestNumbersOfOldMonths(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := &replay{house: newHouse(t, engine)}
			do[struct{}](p.house, "org.entity.fiscal_set", op.Input{
				"id": p.entity.String(), "parameter": string(org.ExerciseStart), "value": "4", "valid_from": "2025-01-01", "reason": "Statuts",
			})
			p.approveAll()
			for _, s := range anyHistory().Example(4) {
				s.Wait *= 3
				p.run(s)
			}
			p.closeAll()
			before := p.allNumbers()
			if len(before) < 4 {
				t.Fatalf("only %d ranges", len(before))
			}
			text, err := fs.ReadFile(Migrations(), "migrations/0073_ledger_number.sql")
			if err != nil {
				t.Fatal(err)
			}
			_, insert, found := strings.Cut(string(text), "-- The months that were closed before.")
			if !found {
				t.Fatal("the migration has no statement for old months")
			}
			p.must(func(ctx context.Context, tx db.Tx) error {
				if _, err := tx.Exec(ctx, `DELETE FROM entry_series`); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, strings.TrimSuffix(strings.TrimSpace(insert), ";"))
				return err
			})
			if after := p.allNumbers(); !slices.Equal(before, after) {
				t.Errorf("the migration gives\n%v\nwant\n%v", after, before)
			}
		})
	}
}

func (p *replay) allNumbers() (out []string) {
	p.read(func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (string, error) {
			var n Numbers
			err := rows.Scan(&n.Unit, &n.Month, &n.Entity, &n.Journal, &n.Exercise, &n.First, &n.Count)
			return fmt.Sprint(n), err
		}, `SELECT unit_id, month, entity_id, journal, exercise, first_number, entries FROM entry_series`)
		return err
	})
	slices.SortFunc(out, cmp.Compare[string])
	return out
}
