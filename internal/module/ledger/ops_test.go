package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// rows reads a whole list.
func rows[T any](h *house, name string, in op.Input) (out []T) {
	h.t.Helper()
	_, err := h.run.Rows(h.t.Context(), h.as(1, name, in), nil, func(row any) error {
		if r, ok := row.(T); ok {
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		h.t.Fatalf("%s %v: %v", name, in, err)
	}
	return out
}

// entry is the input of a manual entry of C1.
func (h *house) entry(on, lines string) op.Input {
	return op.Input{"unit": h.units["C1"].String(), "effective_on": on, "lines": lines, "reason": "Frais bancaires", "section": "CC-7"}
}

func TestManualEntry(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	h.at("2026-02-10")
	for _, c := range []struct{ on, lines, code string }{
		{"2026-02-01", "6147;12,50;\n5141;;12,51", "ledger.unbalanced"},
		{"2026-02-01", "6147;12,50;", "ledger.line_count"},
		{"2026-02-01", "6147;12,50;12,50\n5141;;0", "ledger.line_form"},
		{"2026-02-01", "6147;douze;\n5141;;12", "ledger.line_form"},
		{"2026-02-01", "6147;-1;\n5141;;-1", "ledger.line_form"},
		{"2026-02-01", "99999;12,50;\n5141;;12,50", "ledger.line_unknown"},
		{"2026-02-01", "3421;12,50;\n5141;;12,50", "ledger.line_control"},
		{"2026-02-01", "44971;12,50;\n5141;;12,50", "ledger.line_suspense"},
		{"2026-02-11", "6147;12,50;\n5141;;12,50", "ledger.future"},
	} {
		h.refuse("ledger.entry.post", h.entry(c.on, c.lines), c.code)
	}
	do[struct{}](h, "ledger.entry.post", h.entry("2026-02-01", "6147 Services bancaires ; 12,50 ;\n5141;; 12.50\n"))
	h.expect("not before the second person")
	h.approveAll()
	h.expect("once approved", "5141 -12.50", "6147 12.50")
	list := rows[Entry](h, "ledger.entry.list", op.Input{"account": "6147"})
	if len(list) != 1 || list[0].Total != dh("12.50") || list[0].Event != EventManual {
		t.Fatalf("the list: %+v", list)
	}
	card := do[EntryCard](h, "ledger.entry.show", op.Input{"id": list[0].ID.String()})
	if len(card.Lines) != 2 || card.Lines[0].Section != "CC-7" || card.Lines[1].Section != "" {
		t.Errorf("charges take the section, the bank does not: %+v", card.Lines)
	}
	reverse := op.Input{"id": list[0].ID.String(), "effective_on": "2026-02-05", "reason": "Erreur"}
	h.refuse("ledger.entry.reverse", op.Input{"id": list[0].ID.String(), "effective_on": "2026-01-31", "reason": "Erreur"}, "ledger.reverse_before")
	do[struct{}](h, "ledger.entry.reverse", reverse)
	h.approveAll()
	h.expect("taken back")
	h.refuse("ledger.entry.reverse", reverse, "ledger.entry_reversed")
	bill := h.bill("2026-02-05", "100.00", "10.00")
	h.refuse("ledger.entry.reverse", op.Input{"id": bill.Entry.String(), "effective_on": "2026-02-06", "reason": "Erreur"}, "ledger.entry_unknown")
}

// file is the rules in force as a file, changed.
func (h *house) file(change func(lines []string) []string) op.Upload {
	lines := []string{strings.Join(ruleHeader(), ";")}
	for _, r := range rows[RuleLine](h, "ledger.rule.lines", op.Input{"id": "1"}) {
		lines = append(lines, strings.TrimSuffix(Rules{r.Rule}.text(), "\n"))
	}
	return op.NewUpload("regles.csv", []byte(strings.Join(change(lines), "\n")+"\n"))
}

func TestRulesInForce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, dbtest.SQLite)
	in := func(change func([]string) []string) op.Input {
		return op.Input{"file": h.file(change), "label": "Règles 2026", "valid_from": "2026-01-10", "liaison": "1605", "reason": "Révision"}
	}
	same := func(l []string) []string { return l }
	h.refuse("ledger.rule.import", in(func([]string) []string { return []string{"a;b"} }), "ledger.rule_file")
	h.refuse("ledger.rule.import", in(func(l []string) []string { return l[:len(l)-1] }), "ledger.rule_unbalanced")
	h.refuse("ledger.rule.import", in(func(l []string) []string {
		return append(l, "bill;any;managing;debit;99999;total;;")
	}), "ledger.rule_account")
	bad := in(same)
	bad["liaison"] = "5141"
	h.refuse("ledger.rule.import", bad, "ledger.rule_account")
	saved := do[RuleSaved](h, "ledger.rule.import", in(func(l []string) []string {
		for i := range l {
			if strings.HasPrefix(l[i], "bill;") || strings.HasPrefix(l[i], "credit_note;") {
				l[i] = strings.Replace(l[i], ";71211;parts;electricity", ";71278;parts;electricity", 1)
			}
		}
		return l
	}))
	act := op.Input{"id": saved.ID.String(), "version": json.Number("1")}
	do[struct{}](h, "ledger.rule.activate", act)
	var effect string
	for _, p := range rows[op.Proposal](h, "approval.list", op.Input{}) {
		effect += string(p.Effect)
	}
	for _, want := range []string{`"bill.encaissement":"D 3421 `, "C 71278 200.00", "C 71211 200.00", `"credit_note.debit"`} {
		if strings.Contains(effect, want) {
			continue
		}
		t.Errorf("the effect shown: %s", effect)
	}
	h.approveAll()
	h.refuse("ledger.rule.activate", op.Input{"id": saved.ID.String(), "version": json.Number("2")}, "ledger.rule_active")
	power := func(on string) {
		h.open(Opening{Posting: h.posting(on), Kind: ItemBill, Split: Split{{Electricity, Principal, 0, dh("10.00")}}, Service: Electricity})
	}
	power("2026-01-09")
	h.at("2026-01-20")
	power("2026-01-10")
	h.expect("each day by its rules", "3421 20.00", "71211 -10.00", "71278 -10.00")
}

func TestStates(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine)
			h.at("2026-02-20")
			bill := h.bill("2026-01-05", "100.00", "10.00")
			h.receipt("2026-02-10", "5141", "30.00", false, bill.ID)
			o := Opening{Posting: h.posting("2026-02-01"), Kind: ItemBill, Split: taxed("50.00", "5.00"), Service: Water, Category: "industrial", LegalNature: "company"}
			o.Stamps.Managing, o.DueOn = h.units["C2"], date("2026-03-15")
			h.open(o)
			left := func(in op.Input) (out []string) {
				for _, r := range rows[ItemRow](h, "ledger.item.list", in) {
					out = append(out, r.Left.String())
				}
				return out
			}
			for _, c := range []struct {
				in   op.Input
				want []string
			}{
				{op.Input{}, []string{"80.00", "55.00"}},
				{op.Input{"on": "2026-02-09"}, []string{"110.00", "55.00"}},
				{op.Input{"on": "2026-01-31"}, []string{"110.00"}},
				{op.Input{"scope": h.units["C2"].String()}, []string{"55.00"}},
				{op.Input{"scope": h.units["DR1"].String(), "category": "domestic"}, []string{"80.00"}},
				{op.Input{"due_from": "2026-03-01"}, []string{"55.00"}},
				{op.Input{"settled": "true", "receivable_account": h.account.String(), "kind": "receipt"}, []string{"0.00"}},
				{op.Input{"known_on": "2026-02-19"}, nil},
			} {
				if got := left(c.in); !slices.Equal(got, c.want) {
					t.Errorf("items %v: %v, want %v", c.in, got, c.want)
				}
			}
			ages := func(in op.Input) (out []string) {
				for _, r := range rows[AgeRow](h, "ledger.ageing", in) {
					out = append(out, fmt.Sprintf("%s %d %d %s", r.Kind, r.FromDays, r.ToDays, r.Amount))
				}
				return out
			}
			// 5 January to 20 February is 46 days.
			if got, want := ages(op.Input{"under": h.units["DG"].String()}), []string{"not_due 0 0 55.00", "late 31 60 80.00"}; !slices.Equal(got, want) {
				t.Errorf("ageing under the top: %v, want %v", got, want)
			}
			if got, want := ages(op.Input{"group": "legal_nature", "limits": []any{"40", "50"}}), []string{"not_due 0 0 55.00", "late 41 50 80.00"}; !slices.Equal(got, want) {
				t.Errorf("ageing by nature: %v, want %v", got, want)
			}
			h.refuse("ledger.ageing", op.Input{"limits": []any{"50", "40"}}, "ledger.limits")
			s := do[Standing](h, "ledger.item.balance", op.Input{"receivable_account": h.account.String()})
			if s.Owed != dh("135.00") || s.Late != dh("80.00") || s.Balance != dh("135.00") || s.Items != 2 {
				t.Errorf("standing %+v", s)
			}
			if want := []AgeRow{{Kind: NotDue, Amount: dh("55.00")}, {Kind: Late, FromDays: 31, ToDays: 60, Amount: dh("80.00")}}; !slices.Equal(s.Ages, want) {
				t.Errorf("ages %+v, want %+v", s.Ages, want)
			}
			if want := date("2026-01-05"); s.OldestDueOn != want {
				t.Errorf("oldest due date %v, want %v", s.OldestDueOn, want)
			}
			if got := left(op.Input{"accounts": []any{"7", h.account.String()}}); !slices.Equal(got, []string{"80.00", "55.00"}) {
				t.Errorf("items of several accounts: %v", got)
			}
			if got := left(op.Input{"accounts": []any{"7"}}); got != nil {
				t.Errorf("items of an account without any: %v", got)
			}
			sums := rows[Balance](h, "ledger.balance", op.Input{"merged": "true", "on": "2026-02-09"})
			if len(sums) != 3 || sums[0].Account != "3421" || sums[0].Balance != dh("165.00") {
				t.Errorf("balance on 9 February: %+v", sums)
			}
		})
	}
}

// An export whose period ends before it begins would be an opening entry and nothing else.
func TestExportOfNoPeriod(t *testing.T) {
	t.Parallel()
	first := day.FromUTC(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC))
	last := first.AddDays(1)
	for _, c := range []struct {
		filter ExportFilter
		faults int
	}{
		{ExportFilter{From: last, To: first}, 1},
		{ExportFilter{From: first, To: last}, 0},
		{ExportFilter{From: first, To: first}, 0},
		{ExportFilter{From: first}, 0},
		{ExportFilter{To: first}, 0},
	} {
		if got := c.filter.Validate(); len(got) != c.faults {
			t.Errorf("%s to %s: %v", c.filter.From, c.filter.To, got)
		}
	}
}
