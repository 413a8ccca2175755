package org

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// plantation is a small organisation: two régions with an agence each, centres
// under the first and one under the second.
func (b *bench) plantation() {
	b.t.Helper()
	b.add("DR1", Region, "DG", "2010-01-01")
	b.add("DR2", Region, "DG", "2010-01-01")
	b.add("AG1", AgencyMixed, "DR1", "2015-01-01")
	b.add("AG2", AgencyService, "DR2", "2015-01-01")
	b.add("C1", Centre, "AG1", "2020-01-01")
	b.add("C2", Centre, "AG1", "2020-01-01")
	b.add("C3", Centre, "AG2", "2020-01-01")
	b.add("U1", Annex, "C1", "2021-01-01")
}

func pathOf(card UnitCard) string {
	var codes []string
	for _, u := range card.Path {
		codes = append(codes, u.Code)
	}
	return strings.Join(codes, "/")
}

func codesIn(list []UnitRow) (codes []string) {
	for _, r := range list {
		codes = append(codes, r.Code)
	}
	return codes
}

// A centre moves with what is under it; the past keeps its place, on every
// reading of the tree: card, list, closure, filter.
func TestMoveKeepsThePast(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		b.change("move", "C1", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2025-07-01"})
		b.change("move", "C1", op.Input{"parent": b.ids["DR2"].String(), "valid_from": "2027-01-01"})
		for on, want := range map[string]string{
			"2019-01-01": "DG/DR1/AG1", "2025-06-30": "DG/DR1/AG1", "2025-07-01": "DG/DR2/AG2", "2026-12-31": "DG/DR2/AG2", "2027-01-01": "DG/DR2",
		} {
			if got := pathOf(b.card("C1", on)); got != want {
				t.Errorf("C1 on %s: %s, want %s", on, got, want)
			}
			if got := pathOf(b.card("U1", on)); got != want+"/C1" {
				t.Errorf("U1 on %s: %s, want %s/C1", on, got, want)
			}
		}
		before, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"parent": b.ids["AG1"].String(), "on": "2025-06-30"}, op.Page{})
		after, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"parent": b.ids["AG1"].String()}, op.Page{})
		if !slices.Equal(codesIn(before), []string{"C1", "C2"}) || !slices.Equal(codesIn(after), []string{"C2"}) {
			t.Errorf("under AG1: %v then %v", codesIn(before), codesIn(after))
		}
		stays, _ := rows[Stay](b, admin, "org.unit.history", op.Input{"id": b.ids["C1"].String()}, op.Page{})
		if len(stays) != 3 || stays[0].Parent != "DR2" || stays[0].ValidFrom != date(t, "2027-01-01") || !stays[0].ValidTo.IsZero() ||
			stays[1].ValidTo != date(t, "2027-01-01") || stays[1].Reason != "Réorganisation" || stays[1].ActorID != admin || stays[2].Parent != "AG1" {
			t.Errorf("history: %+v", stays)
		}
		b.healthy()
		b.change("move_cancel", "C1", op.Input{"valid_from": "2027-01-01"})
		if got := pathOf(b.card("C1", "2030-01-01")); got != "DG/DR2/AG2" {
			t.Errorf("after the move was taken back: %s", got)
		}
		_, err := b.tryChange("move_cancel", "C1", op.Input{"valid_from": "2025-07-01"})
		if !slices.Contains(codesOf(err), "org.move.past") {
			t.Errorf("taking back a past move: %v", err)
		}
		b.healthy()
	})
}

// Closing and reopening, and what stands in the way.
func TestCloseAndReopen(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		_, err := b.tryChange("close", "C1", op.Input{"closed_on": "2026-01-01"})
		if !slices.Contains(codesOf(err), "org.unit.has_children") {
			t.Fatalf("closing with an open child: %v", err)
		}
		b.change("close", "U1", op.Input{"closed_on": "2025-12-01"})
		b.change("close", "C1", op.Input{"closed_on": "2026-01-01"})
		card := b.card("C1", "")
		if card.State != Closed || card.ClosedOn != date(t, "2026-01-01") || pathOf(card) != "DG/DR1/AG1" {
			t.Errorf("closed: %s %s %s", card.State, card.ClosedOn, pathOf(card))
		}
		b.refuse(admin, "org.unit.add", op.Input{"code": "U9", "kind": "unit", "name": "Unité neuve", "parent": b.ids["C1"].String(), "opened_on": "2026-02-01"},
			"org.parent_closed")
		for state, want := range map[State][]string{
			Open: {"AG1", "AG2", "C2", "C3", "DG", "DR1", "DR2"}, Closed: {"C1", "U1"}, Future: nil,
		} {
			list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"state": string(state)}, op.Page{})
			if got := codesIn(list); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", state, got, want)
			}
		}
		b.healthy()
		_, err = b.tryChange("reopen", "U1", op.Input{})
		if !slices.Contains(codesOf(err), "org.parent_closed") {
			t.Errorf("reopening under a closed centre: %v", err)
		}
		b.change("reopen", "C1", op.Input{})
		b.change("reopen", "U1", op.Input{})
		if card := b.card("U1", ""); card.State != Open || !card.ClosedOn.IsZero() {
			t.Errorf("reopened: %+v", card.Unit)
		}
		b.healthy()
	})
}

func TestUnitRecords(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		b.change("update", "C1", op.Input{"name": "Centre d’Ouarzazate", "short_name": "OZZ", "phone": "+212 524 00 00 00", "email": "ozz@exemple.ma"})
		card := b.card("C1", "")
		if card.Name != "Centre d’Ouarzazate" || card.Version != 2 || card.Kind != Centre {
			t.Errorf("updated: %+v", card.Unit)
		}
		for text, want := range map[string][]string{
			"ouarzazate": {"C1"}, "OZZ": {"C1"}, "d'ouar": {"C1"}, "unité c": {"C2", "C3"}, "C%": nil, "C_": nil, "zazate centre": {"C1"},
		} {
			list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"text": text}, op.Page{})
			if got := codesIn(list); !slices.Equal(got, want) {
				t.Errorf("search %q: %v, want %v", text, got, want)
			}
		}
		b.refuse(admin, "org.unit.update", op.Input{"id": b.ids["C1"].String(), "version": json.Number("1"), "name": "Autre"}, "row.stale")
		b.change("update", "C1", op.Input{"phone": ""})
		if card := b.card("C1", ""); card.Phone != "" || card.Email != "ozz@exemple.ma" {
			t.Errorf("emptied: %+v", card.Unit)
		}
		fresh := func(code string, kind Kind, parent, opened string) op.Input {
			under := "12345"
			if parent != "" {
				under = b.ids[parent].String()
			}
			return op.Input{"code": code, "kind": string(kind), "name": "Autre", "parent": under, "opened_on": opened}
		}
		for name, c := range map[string]struct {
			in   op.Input
			code string
		}{
			"code taken":   {fresh("C1", Centre, "AG1", "2026-01-01"), "org.unit.code_taken"},
			"bad code":     {fresh("c 1", Centre, "AG1", "2026-01-01"), "input.pattern.code"},
			"wrong parent": {fresh("C9", Centre, "DG", "2026-01-01"), "org.parent_kind"},
			"no parent":    {fresh("C9", Centre, "", "2026-01-01"), "org.parent_unknown"},
			"too early":    {fresh("C9", Centre, "AG1", "2014-12-31"), "org.parent_not_open"},
			"too far":      {fresh("C9", Centre, "AG1", "2031-04-01"), "org.date_too_far"},
			"second top":   {fresh("DG2", Central, "DG", "2026-01-01"), "org.top_exists"},
		} {
			_, err := b.try(admin, "org.unit.add", c.in)
			if !slices.Contains(codesOf(err), c.code) {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		b.refuse(admin, "org.unit.show", op.Input{"id": "12345"}, "org.unit.unknown")
		b.change("update", "AG1", op.Input{"kind": "agency_service"})
		if _, err := b.tryChange("update", "AG1", op.Input{"kind": "unit"}); !slices.Contains(codesOf(err), "org.parent_kind") {
			t.Errorf("an agence with centres became a unit: %v", err)
		}
		b.healthy()
	})
}

// Pages of the list follow each other without hole nor repetition, both ways.
func TestUnitPages(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		for _, sort := range []string{"code", "-code", "name", "-name"} {
			all, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{}, op.Page{Sort: sort})
			var paged []string
			page := op.Page{Sort: sort, Limit: 2}
			for more := true; more; {
				var list []UnitRow
				list, more = rows[UnitRow](b, admin, "org.unit.list", op.Input{}, page)
				paged = append(paged, codesIn(list)...)
				page.After = list[len(list)-1].PageKey(strings.TrimPrefix(sort, "-"))
			}
			if len(all) != 9 || !slices.Equal(paged, codesIn(all)) {
				t.Errorf("%s: %v in pages, %v at once", sort, paged, codesIn(all))
			}
		}
	})
}

// What a région sees and may do ends at its edge, as it is today.
func TestScope(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		const regional, nobody = 2, 3
		b.grant(regional, b.ids["DR1"])
		list, _ := rows[UnitRow](b, regional, "org.unit.list", op.Input{}, op.Page{})
		if got := codesIn(list); !slices.Equal(got, []string{"AG1", "C1", "C2", "DR1", "U1"}) {
			t.Errorf("the région sees %v", got)
		}
		b.refuse(regional, "org.unit.show", op.Input{"id": b.ids["C3"].String()}, "scope.outside")
		b.refuse(regional, "org.unit.show", op.Input{"id": b.top.String()}, "scope.outside")
		b.refuse(nobody, "org.unit.show", op.Input{"id": b.ids["C1"].String()}, "right.missing")
		b.refuse(regional, "org.unit.add", op.Input{"code": "X", "kind": "centre", "name": "Ailleurs", "parent": b.ids["AG2"].String(), "opened_on": "2026-01-01"},
			"scope.outside")
		move := func(unit, parent string) op.Input {
			return op.Input{"id": b.ids[unit].String(), "version": json.Number("1"), "parent": b.ids[parent].String(), "valid_from": "2026-04-01", "reason": "Essai"}
		}
		b.refuse(regional, "org.unit.move", move("C1", "AG2"), "scope.outside")
		b.refuse(regional, "org.unit.move", move("C3", "AG1"), "scope.outside")
		b.refuse(regional, "org.unit.move", move("AG1", "DR2"), "scope.outside")
		if _, err := b.try(regional, "org.unit.move", move("C1", "DR1")); err != nil {
			t.Errorf("a move inside the région: %v", err)
		}
		if _, err := b.try(regional, "org.entity.add", op.Input{"code": "E", "name": "Entité"}); !slices.Contains(codesOf(err), "scope.outside") {
			t.Errorf("a région made a legal entity: %v", err)
		}
		b.change("move", "C2", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2026-03-16"})
		list, _ = rows[UnitRow](b, regional, "org.unit.list", op.Input{}, op.Page{})
		if got := codesIn(list); slices.Contains(got, "C2") {
			t.Errorf("the région still sees what has left it: %v", got)
		}
	})
}

func labels(nodes []TreeNode, depth int) (out []string) {
	for _, n := range nodes {
		out = append(out, strings.Repeat(".", depth)+n.Code)
		out = append(out, labels(n.Nodes, depth+1)...)
	}
	return out
}

func TestTree(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		b.change("close", "U1", op.Input{"closed_on": "2026-01-01"})
		root := do[Tree](b, "org.unit.tree", op.Input{})
		if len(root.Nodes) != 1 || root.Nodes[0].Code != "DG" || root.Nodes[0].Children != 2 || root.Nodes[0].Below != 7 {
			t.Errorf("root: %+v", root.Nodes)
		}
		level := do[Tree](b, "org.unit.tree", op.Input{"parent": b.ids["AG1"].String()})
		if got := labels(level.Nodes, 0); !slices.Equal(got, []string{"C1", "C2"}) || level.Nodes[0].Children != 0 {
			t.Errorf("level: %+v", level.Nodes)
		}
		all := do[Tree](b, "org.unit.tree", op.Input{"parent": b.ids["C1"].String(), "all": "true"})
		if len(all.Nodes) != 1 || all.Nodes[0].State != Closed {
			t.Errorf("closed units: %+v", all.Nodes)
		}
		shown := do[Tree](b, "org.unit.tree", op.Input{"reveal": b.ids["C2"].String()})
		want := []string{"DG", ".DR1", "..AG1", "...C1", "...C2", ".DR2"}
		if got := labels(shown.Nodes, 0); !slices.Equal(got, want) || !shown.Nodes[0].Nodes[0].Nodes[0].Nodes[1].Revealed {
			t.Errorf("revealed: %v, want %v", got, want)
		}
		past := do[Tree](b, "org.unit.tree", op.Input{"parent": b.ids["C1"].String(), "on": "2025-06-01"})
		if got := labels(past.Nodes, 0); !slices.Equal(got, []string{"U1"}) {
			t.Errorf("in 2025: %v", got)
		}
		b.refuse(admin, "org.unit.tree", op.Input{"parent": b.top.String(), "reveal": b.top.String()}, "org.tree.one_of")
		const two = 2
		b.grant(two, b.ids["AG2"], b.ids["DR1"], b.ids["C2"])
		res, err := b.try(two, "org.unit.tree", op.Input{})
		if err != nil {
			t.Fatal(err)
		}
		if got := labels(res.Out.(Tree).Nodes, 0); !slices.Equal(got, []string{"AG2", "DR1"}) {
			t.Errorf("roots of a mixed scope: %v", got)
		}
		b.refuse(two, "org.unit.tree", op.Input{"parent": b.ids["DR2"].String()}, "scope.outside")
	})
}

// A change that is undone leaves no trace in the memory of the tree, even when
// the next change reaches the same revision.
func TestPlacesAfterUndoneChange(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		undo := errors.New("undo")
		var inside bool
		err := b.db.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			old, err := b.m.places.forest(ctx, tx)
			if err != nil {
				return err
			}
			n, err := old.move(int64(b.ids["C1"]), int64(b.ids["AG2"]), date(t, "2026-01-01"))
			if err != nil {
				return err
			}
			if err := saveTree(ctx, tx, old, old.with(n), []int64{n.id}, origin{at: tx.Now()}); err != nil {
				return err
			}
			if inside, err = b.m.Places().Within(ctx, tx, n.id, int64(b.ids["DR2"]), date(t, "2026-03-16")); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) || !inside {
			t.Fatalf("inside the change: %v, %v", inside, err)
		}
		within := func(unit, root string) (ok bool) {
			b.read(func(ctx context.Context, r db.Reader) (err error) {
				ok, err = b.m.Places().Within(ctx, r, int64(b.ids[unit]), int64(b.ids[root]), date(t, "2026-03-16"))
				return err
			})
			return ok
		}
		if within("C1", "DR2") || !within("C1", "DR1") {
			t.Error("the undone move is still in memory")
		}
		b.change("move", "C2", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2026-01-01"})
		if within("C1", "DR2") || !within("C2", "DR2") {
			t.Error("the tree in memory is that of the undone move")
		}
	})
}

// The revision moves with the tree and not with names and addresses.
func TestRevision(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		revision := func() (n int64) {
			b.read(func(ctx context.Context, r db.Reader) error {
				all, err := db.Revisions(ctx, r)
				n = all[Topic]
				return err
			})
			return n
		}
		start := revision()
		b.change("update", "C1", op.Input{"address": "12, avenue Hassan II"})
		if revision() != start {
			t.Error("an address moved the revision")
		}
		b.change("move", "C1", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2026-04-01"})
		if revision() != start+1 {
			t.Errorf("a move: revision %d, want %d", revision(), start+1)
		}
	})
}

// The second top is refused by CreateTop and by the engine.
func TestOneTop(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		err := b.run.Within(t.Context(), func(ctx context.Context, x *op.Exec) error {
			_, err := b.m.CreateTop(ctx, x, "DG2", "Autre")
			return err
		})
		if !slices.Contains(codesOf(err), "org.top_exists") {
			t.Errorf("a second top: %v", err)
		}
		err = b.db.Write(t.Context(), db.WriteOptions{}, func(ctx context.Context, tx db.Tx) error {
			return insertUnits(ctx, tx, &Unit{ID: 77, Code: "DG2", Kind: Central, Name: "Autre", OpenedOn: Beginning(), Version: 1})
		})
		if err == nil {
			t.Error("the engine took a second top")
		}
	})
}
