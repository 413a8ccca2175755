package org

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

func TestEntities(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		one := do[op.Saved](b, "org.entity.add", op.Input{"code": "SRM-FM", "name": "SRM Fès-Meknès", "legal_form": "SA", "ice": "001234567000089"})
		do[op.Saved](b, "org.entity.add", op.Input{"code": "ONEE", "name": "Office national"})
		b.refuse(admin, "org.entity.add", op.Input{"code": "ONEE", "name": "Autre"}, "org.entity.code_taken")
		b.refuse(admin, "org.entity.add", op.Input{"code": "X", "name": "Autre", "ice": "123"}, "input.pattern.ice")
		list, _ := rows[EntityRow](b, admin, "org.entity.list", op.Input{"text": "fes meknes"}, op.Page{Sort: "name"})
		if len(list) != 1 || list[0].Code != "SRM-FM" || list[0].ICE != "001234567000089" {
			t.Errorf("search: %+v", list)
		}
		paged, more := rows[EntityRow](b, admin, "org.entity.list", op.Input{}, op.Page{Sort: "name", Limit: 1})
		rest, _ := rows[EntityRow](b, admin, "org.entity.list", op.Input{}, op.Page{Sort: "name", Limit: 1, After: paged[0].PageKey("name")})
		if !more || paged[0].Code != "ONEE" || len(rest) != 1 || rest[0].Code != "SRM-FM" {
			t.Errorf("pages by name: %v %v", paged, rest)
		}
		in := op.Input{"id": one.ID.String(), "version": json.Number("1"), "tax_id": "4512"}
		if saved := do[op.Saved](b, "org.entity.update", in); saved.Version != 2 {
			t.Errorf("version %d", saved.Version)
		}
		b.refuse(admin, "org.entity.update", in, "row.stale")
		b.refuse(admin, "org.entity.show", op.Input{"id": "99"}, "org.entity.unknown")
	})
}

// A fiscal parameter waits for a second person, then holds from its date on.
func TestFiscal(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		const second = 2
		b.grant(second, b.top)
		e := do[op.Saved](b, "org.entity.add", op.Input{"code": "SRM", "name": "SRM"})
		set := func(value, from string) (op.Result, error) {
			return b.try(admin, "org.entity.fiscal_set", op.Input{
				"id": e.ID.String(), "parameter": "vat_regime", "value": value, "valid_from": from, "reason": "Option",
			})
		}
		approve := func(value, from string) {
			t.Helper()
			res, err := set(value, from)
			if err != nil || res.Outcome != op.Proposed {
				t.Fatalf("%s: %s %v", value, res.Outcome, err)
			}
			if _, err := b.try(second, "approval.approve", op.Input{"id": res.Proposal.String(), "version": json.Number("1")}); err != nil {
				t.Fatal(err)
			}
		}
		approve("encaissement", "2020-01-01")
		approve("debit", "2027-01-01")
		on := func(day string) (value string) {
			b.read(func(ctx context.Context, r db.Reader) (err error) {
				value, _, err = FiscalOn(ctx, r, int64(e.ID), VATRegime, "", date(t, day))
				return err
			})
			return value
		}
		for day, want := range map[string]string{"2019-12-31": "", "2020-01-01": "encaissement", "2026-12-31": "encaissement", "2027-01-01": "debit"} {
			if got := on(day); got != want {
				t.Errorf("on %s: %q, want %q", day, got, want)
			}
		}
		for code, c := range map[string][2]string{
			"org.fiscal_past": {"debit", "2026-03-15"}, "org.fiscal_same": {"encaissement", "2026-04-01"}, "input.enum": {"forfait", "2026-04-01"},
		} {
			if _, err := set(c[0], c[1]); !slices.Contains(codesOf(err), code) {
				t.Errorf("%v: %v, want %s", c, err, code)
			}
		}
		card := do[EntityCard](b, "org.entity.show", op.Input{"id": e.ID.String()})
		if len(card.Fiscal) != 1 || card.Fiscal[0].Value != "encaissement" || len(card.FiscalHistory) != 2 {
			t.Errorf("card: %+v", card)
		}
	})
}

// A service may have a regime of its own, never since a day that is past once there is any
// value; other parameters are those of the entity as a whole.
func TestFiscalOfOneService(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		const second = 2
		b.grant(second, b.top)
		e := do[op.Saved](b, "org.entity.add", op.Input{"code": "SRM", "name": "SRM"})
		in := func(parameter, service, value, from string) op.Input {
			return op.Input{"id": e.ID.String(), "parameter": parameter, "service": service, "value": value, "valid_from": from, "reason": "Option"}
		}
		for _, set := range []op.Input{
			in("vat_regime", "", "encaissement", "2020-01-01"), in("vat_regime", "sanitation", "debit", "2026-06-01"), in("tax_point", "water", "bill", "2026-07-01"),
		} {
			res, err := b.try(admin, "org.entity.fiscal_set", set)
			if err == nil {
				_, err = b.try(second, "approval.approve", op.Input{"id": res.Proposal.String(), "version": json.Number("1")})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		b.refuse(admin, "org.entity.fiscal_set", in("vat_regime", "water", "debit", "2026-03-15"), "org.fiscal_past")
		b.refuse(admin, "org.entity.fiscal_set", in("vat_regime", "sanitation", "debit", "2026-08-01"), "org.fiscal_same")
		b.refuse(admin, "org.entity.fiscal_set", in("exercise_start_month", "water", "3", "2026-08-01"), "org.fiscal_service")
		for _, c := range []struct {
			service Service
			on      string
			want    string
		}{
			{"", "2026-06-01", "encaissement"}, {Sanitation, "2026-05-31", ""}, {Sanitation, "2026-06-01", "debit"}, {Water, "2026-06-01", ""},
		} {
			b.read(func(ctx context.Context, r db.Reader) error {
				got, _, err := FiscalOn(ctx, r, int64(e.ID), VATRegime, c.service, date(t, c.on))
				if got != c.want {
					t.Errorf("%s on %s: %q, want %q", c.service, c.on, got, c.want)
				}
				return err
			})
		}
		card := do[EntityCard](b, "org.entity.show", op.Input{"id": e.ID.String()})
		var told []string
		for _, f := range card.FiscalHistory {
			told = append(told, string(f.Parameter)+" "+string(f.Service)+" "+f.Value)
		}
		want := []string{"tax_point water bill", "vat_regime  encaissement", "vat_regime sanitation debit"}
		if !slices.Equal(told, want) || len(card.Fiscal) != 1 {
			t.Errorf("card: %q, want %q; in force %+v", told, want, card.Fiscal)
		}
	})
}

func TestFiscalValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parameter FiscalParameter
		value     string
		want      bool
	}{
		{VATRegime, "debit", true},
		{VATRegime, "x", false},
		{TaxPoint, "supply", true},
		{TaxPoint, "bill", true},
		{TaxPoint, "receipt", false},
		{Currency, "MAD", true},
		{Currency, "EUR", false},
		{ExerciseStart, "1", true},
		{ExerciseStart, "12", true},
		{ExerciseStart, "13", false},
		{BudgetStart, "0", false},
		{"other", "1", false},
	} {
		if c.parameter.accepts(c.value) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestOperators(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		saved := do[op.Saved](b, "org.operator.add", op.Input{"code": "OP", "name": "Régie", "kind": "distributor", "services": []any{"water", "sanitation"}})
		do[op.Saved](b, "org.operator.add", op.Input{"code": "PV", "name": "Privé", "kind": "private", "services": []any{"electricity"}})
		list, _ := rows[OperatorRow](b, admin, "org.operator.list", op.Input{"service": "water"}, op.Page{})
		if len(list) != 1 || !list[0].Water || list[0].Electricity || !list[0].Sanitation {
			t.Errorf("water: %+v", list)
		}
		list, _ = rows[OperatorRow](b, admin, "org.operator.list", op.Input{"kind": "private"}, op.Page{})
		if len(list) != 1 || list[0].Code != "PV" {
			t.Errorf("private: %+v", list)
		}
		b.refuse(admin, "org.operator.add", op.Input{"code": "OP", "name": "Autre", "kind": "private", "services": []any{"water"}}, "org.operator.code_taken")
		b.refuse(admin, "org.operator.add", op.Input{"code": "Z", "name": "Autre", "kind": "private"}, "input.required")
		e := do[op.Saved](b, "org.entity.add", op.Input{"code": "E", "name": "Entité"})
		do[UnitAssigned](b, "org.unit.assign", op.Input{
			"id": b.top.String(), "entity": e.ID.String(), "operator": saved.ID.String(), "services": []any{"water"}, "valid_from": "2020-01-01", "reason": "Départ",
		})
		b.refuse(admin, "org.operator.update", op.Input{"id": saved.ID.String(), "version": json.Number("1"), "services": []any{"sanitation"}},
			"org.operator.service_held")
		b.refuse(admin, "org.operator.update", op.Input{"id": saved.ID.String(), "version": json.Number("1"), "services": []any{}}, "input.required")
		do[op.Saved](b, "org.operator.update", op.Input{"id": saved.ID.String(), "version": json.Number("1"), "services": []any{"water", "electricity"}})
		if o := do[Operator](b, "org.operator.show", op.Input{"id": saved.ID.String()}); o.Sanitation || !o.Electricity || o.Version != 2 {
			t.Errorf("after: %+v", o)
		}
	})
}

// A unit inherits from the nearest unit above that holds the service itself, as
// it stood on the date.
func TestAssignments(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		onee := do[op.Saved](b, "org.entity.add", op.Input{"code": "ONEE", "name": "Office"}).ID
		srm := do[op.Saved](b, "org.entity.add", op.Input{"code": "SRM", "name": "SRM"}).ID
		assign := func(unit string, entity op.ID, from string, services ...any) error {
			_, err := b.try(admin, "org.unit.assign", op.Input{
				"id": b.ids[unit].String(), "entity": entity.String(), "services": services, "valid_from": from, "reason": "Transfert",
			})
			return err
		}
		holder := func(unit string, s Service, on string) (code, from string) {
			b.read(func(ctx context.Context, r db.Reader) error {
				h, found, err := EntityOf(ctx, r, int64(b.ids[unit]), s, date(t, on))
				if found {
					code = h.EntityCode
				}
				for name, id := range b.ids {
					if id == h.FromUnit {
						from = name
					}
				}
				return err
			})
			return code, from
		}
		for _, err := range []error{
			assign("DG", onee, "2010-01-01", "water", "electricity"), assign("DR2", srm, "2024-10-01", "water"), assign("C1", srm, "2025-01-01", "water"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		b.change("move", "C2", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2025-07-01"})
		for _, c := range []struct {
			unit    string
			service Service
			on      string
			code    string
			from    string
		}{
			{"U1", Water, "2024-12-31", "ONEE", "DG"},
			{"U1", Water, "2025-01-01", "SRM", "C1"},
			{"U1", Electricity, "2025-01-01", "ONEE", "DG"},
			{"U1", Sanitation, "2025-01-01", "", ""},
			{"C3", Water, "2024-09-30", "ONEE", "DG"},
			{"C3", Water, "2024-10-01", "SRM", "DR2"},
			{"C2", Water, "2025-06-30", "ONEE", "DG"},
			{"C2", Water, "2025-07-01", "SRM", "DR2"},
			{"DG", Water, "2009-12-31", "", ""},
		} {
			if code, from := holder(c.unit, c.service, c.on); code != c.code || from != c.from {
				t.Errorf("%s %s on %s: %s from %s, want %s from %s", c.unit, c.service, c.on, code, from, c.code, c.from)
			}
		}
		if err := assign("C1", srm, "2026-01-01", "water"); !slices.Contains(codesOf(err), "org.assign_same") {
			t.Errorf("the same again: %v", err)
		}
		if err := assign("C1", 99, "2026-01-01", "water"); !slices.Contains(codesOf(err), "org.entity.unknown") {
			t.Errorf("to nobody: %v", err)
		}
		unassign := op.Input{"id": b.ids["C1"].String(), "services": []any{"water"}, "valid_from": "2026-01-01", "reason": "Retour"}
		do[UnitAssigned](b, "org.unit.unassign", unassign)
		if code, from := holder("U1", Water, "2026-01-01"); code != "ONEE" || from != "DG" {
			t.Errorf("after the return: %s from %s", code, from)
		}
		b.refuse(admin, "org.unit.unassign", unassign, "org.assign_none")
		history, _ := rows[AssignmentRow](b, admin, "org.unit.assignments", op.Input{"id": b.ids["C1"].String()}, op.Page{})
		if len(history) != 1 || history[0].ValidTo != date(t, "2026-01-01") || history[0].EntityCode != "SRM" || history[0].Reason != "Transfert" {
			t.Errorf("history: %+v", history)
		}
		card := b.card("C1", "2025-06-01")
		if len(card.Holders) != 2 || card.Holders[0].Service != Electricity || card.Holders[1].EntityCode != "SRM" {
			t.Errorf("holders: %+v", card.Holders)
		}
	})
}

// The timeline of one service against a table of days.
func TestTimelineModel(t *testing.T) {
	t.Parallel()
	zero := date(t, "2026-01-01")
	rapid.Check(t, func(t *rapid.T) {
		const days = 30
		var table [days]int64
		var tl timeline
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			from := rapid.IntRange(0, days-1).Draw(t, "from")
			to := rapid.Int64Range(0, 3).Draw(t, "entity")
			end := from
			for end < days && table[end] == table[from] && !startsAt(tl, zero.AddDays(end).String(), end > from) {
				end++
			}
			var next timeline
			var err error
			if to == 0 {
				next, err = tl.take(zero.AddDays(from))
			} else {
				next, err = tl.give(Assignment{ValidFrom: zero.AddDays(from), EntityID: op.ID(to)})
			}
			if (err == nil) != (table[from] != to) {
				t.Fatalf("%d on day %d over %v: %v", to, from, table, err)
			}
			if err != nil {
				continue
			}
			for d := from; d < end; d++ {
				table[d] = to
			}
			tl = next
			for d := range days {
				have := int64(0)
				if i := tl.at(zero.AddDays(d)); i >= 0 {
					have = int64(tl[i].EntityID)
				}
				if have != table[d] {
					t.Fatalf("day %d: %d, want %d; %v", d, have, table[d], tl)
				}
			}
		}
	})
}

// startsAt says whether an assignment begins on a later day.
func startsAt(tl timeline, day string, later bool) bool {
	return later && slices.ContainsFunc(tl, func(a Assignment) bool { return a.ValidFrom.String() == day })
}
