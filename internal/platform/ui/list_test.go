package ui

import (
	"testing"

	"pgregory.net/rapid"
)

func sampleList() List {
	return List{
		ID: "l", Caption: "Caisses", FilterAction: "/caisses", ClearHref: "/caisses",
		Kept:    []Pair{{"unit", "BM"}},
		Filters: []Field{{Name: "q", Label: "Mot", Kind: TextField, Value: "kas"}},
		Chips:   []Chip{{Label: "Ouverte", Remove: "/caisses?q=kas"}},
		Columns: []Column{{Label: "Code", Kind: CodeColumn}, {Label: "Nom", Sort: Sort{Href: "?sort=name"}}, {
			Label: "Total", Kind: AmountColumn,
			Sort: Sort{Href: "?sort=total", Order: "descending"}, Optional: true,
		}, {Label: "État", Kind: StatusColumn}},
		Rows: []Row{
			{ID: "1", Label: "Caisse 1", Href: "/caisses/1", Cells: []Cell{
				{Text: "C1"},
				{Text: "Une", Sub: "centre"},
				{Text: "1,00"},
				{Status: &Status{Tone: Settled, Label: "Ouverte"}},
			}},
			{ID: "2", Href: "/caisses/2", Current: true, Selected: true, Cells: []Cell{
				{Text: "C2"},
				{Text: "Deux", Href: "/noms/2"},
				{Text: "−2,00", Tone: Wrong},
				{},
				{Text: "de trop"},
			}},
			{Cells: []Cell{{Text: "C3"}}},
		},
		Totals:  []Cell{{}, {Text: "Ensemble"}, {Text: "−1,00"}},
		Mass:    []MassAction{{Label: "Fermer", Action: "/caisses/fermer", Danger: true}},
		Exports: []Link{{Label: "CSV", Href: "/caisses.csv"}},
		Pager:   Pager{Prev: "?before=1", Next: "?after=2", Text: "1 à 3"},
		Note:    "la règle",
	}
}

func TestListShowsItsRows(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().List(sampleList()))
	d.words("caption", "Caisses")
	d.count("tbody tr", 3)
	d.attr("tbody tr:nth-child(1)", "data-w-href", "/caisses/1")
	d.attr("tbody tr:nth-child(1) td:nth-child(2) a", "href", "/caisses/1")
	d.attr("tbody tr:nth-child(2) td:nth-child(3) a", "href", "/noms/2")
	d.count("tbody tr[aria-current=true]", 1)
	d.count("tbody tr:nth-child(2) td", 5)
	d.words("tbody tr:nth-child(1) .w-sub", "centre")
	d.words("tbody tr:nth-child(1) .w-badge.w-settled", "Ouverte")
	d.words("tbody tr:nth-child(1) bdi.w-code[dir=ltr]", "C1")
	d.words("tbody tr:nth-child(2) td.w-n.w-ink-wrong bdi[dir=ltr]", "−2,00")
	d.words("tfoot td.w-n", "−1,00")
	d.count("td.w-opt, th.w-opt", 4)
	d.words(".w-panel-foot", "la règle")
}

func TestListSortsByLinks(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().List(sampleList()))
	d.words("th[aria-sort=descending]", "Total")
	d.attr("th[aria-sort=descending] a", "href", "?sort=total")
	d.count("th[aria-sort]", 1)
	d.count("thead a", 2)
	d.count("th[aria-sort] use[href$='#arrow-down']", 1)
}

func TestListFiltersAndChips(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().List(sampleList()))
	d.attr("form.w-filter-form", "method", "get")
	d.attr("form.w-filter-form", "action", "/caisses")
	d.attr("form.w-filter-form input[type=hidden][name=unit]", "value", "BM")
	d.attr("form.w-filter-form #l-f-q", "value", "kas")
	d.attr("a.w-chip", "href", "/caisses?q=kas")
	d.words("a.w-chip", "Ouverte ui.filter_remove")
	d.attr(".w-chips li:last-child a", "href", "/caisses")
}

func TestListActsOnTickedRows(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().List(sampleList()))
	d.count("tbody .w-tick input[type=checkbox][name=id]", 2)
	d.count("tbody .w-tick input[checked][value='2']", 1)
	d.attr("tbody tr:nth-child(2) input", "aria-label", "ui.select_row")
	d.attr("[data-w-mass] button", "formaction", "/caisses/fermer")
	d.count("[data-w-mass][hidden]", 1)
	d.count("[data-w-mass] button.w-btn-danger", 1)
	d.count("form form", 0)

	plain := sampleList()
	plain.Mass = nil
	d = parse(t, bareEnv().List(plain))
	d.count(".w-tick", 0)
	d.count("[data-w-mass]", 0)
	d.words("tfoot td:nth-child(2)", "Ensemble")
}

func TestTickedRowsMayAskForAPage(t *testing.T) {
	t.Parallel()
	l := sampleList()
	l.Mass = []MassAction{{Label: "Trancher", Action: "/mass", Ask: true}}
	l.MassKept = []Pair{{Name: "state", Value: "open"}}
	d := parse(t, bareEnv().List(l))
	d.count("form[method=post] button[formmethod=get][formaction='/mass']", 1)
	d.count("form[method=post] input[type=hidden][name=state][value=open]", 1)
}

func TestListPagerAndExports(t *testing.T) {
	t.Parallel()
	d := parse(t, bareEnv().List(sampleList()))
	d.attr(".w-pager a[rel=next]", "href", "?after=2")
	d.attr(".w-pager a[rel=prev]", "href", "?before=1")
	d.count(".w-pager a", 2)
	d.attr(".w-exports a", "href", "/caisses.csv")
	d.words(".w-list-foot p", "1 à 3")
	last := sampleList()
	last.Pager, last.Exports = Pager{}, nil
	parse(t, bareEnv().List(last)).count(".w-list-foot, .w-pager", 0)
}

func TestEmptyListSaysWhatToDo(t *testing.T) {
	t.Parallel()
	l := sampleList()
	l.Rows = nil
	d := parse(t, bareEnv().List(l))
	d.count("table", 0)
	d.words(".w-empty-title", "ui.list_empty")
	l.Empty = &Empty{Icon: IconTree, Title: "Aucune unité.", Text: "À quoi sert la page.", Actions: []Button{{
		Label: "Ajouter", Href: "/unites/ajouter",
		Primary: true,
	}}}
	d = parse(t, bareEnv().List(l))
	d.words(".w-empty-title", "Aucune unité.")
	d.attr(".w-empty a.w-btn-primary", "href", "/unites/ajouter")
}

// TestListHasAsManyCellsAsColumns for any number of cells in a row.
func TestListNeverHasMoreCellsThanColumns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		columns, cells := rapid.IntRange(1, 6).Draw(r, "columns"), rapid.IntRange(0, 9).Draw(r, "cells")
		l := List{ID: "l", Caption: "c", Columns: make([]Column, columns), Rows: []Row{{Href: "/x", Cells: make([]Cell, cells)}}}
		d := parse(t, bareEnv().List(l))
		d.count("thead th", columns)
		d.count("tbody td", min(cells, columns))
	})
}
