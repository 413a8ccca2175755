package ledger

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// invoice is a row of the data set of receivables.
type invoice struct {
	customer, number     string
	issued, due, settled day.Date
	amount               money.Amount
}

// invoices reads the data set, or skips.
func invoices(t *testing.T) []invoice {
	t.Helper()
	root := os.Getenv("WASL_TEST_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	f, err := os.Open(filepath.Join(root, "ar-ibm/receivables.csv.gz"))
	if errors.Is(err, os.ErrNotExist) {
		if slices.Contains(strings.Split(os.Getenv("WASL_TEST_REQUIRE"), ","), "data") {
			t.Fatal("the data set of receivables is required and missing")
		}
		t.Skip("the data set of receivables is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	american := func(s string) day.Date {
		at, err := time.Parse("1/2/2006", s)
		if err != nil {
			t.Fatal(err)
		}
		return day.FromUTC(at)
	}
	out := make([]invoice, 0, len(rows))
	for _, row := range rows[1:] {
		whole, cents, _ := strings.Cut(row[6], ".")
		out = append(out, invoice{
			customer: row[1], number: row[3], issued: american(row[4]), due: american(row[5]), settled: american(row[8]), amount: dh(whole + "." + (cents + "00")[:2]),
		})
	}
	return out
}

// fact is an invoice issued or settled, on its day.
type fact struct {
	on      day.Date
	invoice int
	settled bool
}

// TestReceivablesReplayed replays 1,122 real invoices and their settlements in
// the order of time, and closes each month. At each month end the ageing is what
// the file says it is: live, as of that day once everything is known, and from
// the closed month.
func TestReceivablesReplayed(t *testing.T) {
	t.Parallel()
	all := invoices(t)
	h := newHouse(t, dbtest.SQLite)
	h.at("2011-12-31")
	facts := make([]fact, 0, 2*len(all))
	for i, v := range all {
		facts = append(facts, fact{v.issued, i, false}, fact{v.settled, i, true})
	}
	slices.SortStableFunc(facts, func(a, b fact) int {
		if a.settled != b.settled && a.on == b.on {
			return map[bool]int{false: -1, true: 1}[a.settled]
		}
		return a.on.Compare(b.on)
	})
	accounts, bills := map[string]op.ID{}, map[int]op.ID{}
	month, months := day.MonthOf(facts[0].on), 0
	for _, f := range facts {
		for ; month.Before(day.MonthOf(f.on)); month = month.Add(1) {
			h.clock.Advance(day.StartOf(month.Add(1).First()).Add(2 * time.Hour).Sub(h.clock.Now()))
			h.agedAs(all, month, "live")
			h.close(month)
			months++
		}
		h.clock.Advance(day.StartOf(f.on).Add(9 * time.Hour).Sub(h.clock.Now()))
		h.carryOut(all[f.invoice], f, accounts, bills)
	}
	if months < 20 {
		t.Errorf("only %d months", months)
	}
	for m := day.MonthOf(facts[0].on); m.Before(month); m = m.Add(1) {
		h.agedAs(all, m, "as of")
		h.agedAs(all, m, "closed")
	}
	h.read(func(ctx context.Context, r db.Reader) error {
		rep, err := Check().Run(ctx, r)
		if len(rep.Findings) > 0 {
			t.Errorf("verify: %v", rep.Findings)
		}
		return err
	})
}

// carryOut posts an invoice, or a receipt that pays it.
func (h *house) carryOut(v invoice, f fact, accounts map[string]op.ID, bills map[int]op.ID) {
	if accounts[v.customer] == 0 {
		accounts[v.customer] = op.ID(9000 + len(accounts))
	}
	p := h.posting(f.on.String())
	p.Account, p.Document = accounts[v.customer], v.number
	if !f.settled {
		bills[f.invoice] = h.open(Opening{
			Posting: p, Kind: ItemBill, Split: Split{{Water, Principal, 0, v.amount}}, Service: Water, Category: "industrial", LegalNature: "company", DueOn: v.due,
		}).Item.ID
		return
	}
	h.open(Opening{Posting: p, Kind: ItemReceipt, Split: Received(v.amount), Tender: "5141", Pay: []Pay{{bills[f.invoice], v.amount}}})
}

// agedAs compares an ageing at the end of a month with one made from the file.
func (h *house) agedAs(all []invoice, month day.Month, how string) {
	h.t.Helper()
	end := month.Last()
	want := make([]money.Amount, 9)
	for _, v := range all {
		if v.issued.After(end) || !v.settled.After(end) {
			continue
		}
		late := int(end.UTC().Sub(v.due.UTC()).Hours()) / 24
		switch {
		case late <= 0:
			want[0] += v.amount
		case late <= 30:
			want[1] += v.amount
		case late <= 60:
			want[2] += v.amount
		case late <= 90:
			want[3] += v.amount
		case late <= 180:
			want[4] += v.amount
		default:
			want[5] += v.amount // none is later than 360 days; the comparison would tell
		}
	}
	h.read(func(ctx context.Context, r db.Reader) error {
		got, err := Ageing(ctx, r, AgeingQuery{AsOf: AsOf{On: end}, Group: GroupUnit, By: ByDue, Closed: how == "closed"}, nil, nil)
		amounts := make([]money.Amount, 9)
		if len(got) > 0 {
			amounts = got[0].Amounts
		}
		if fmt.Sprint(amounts) != fmt.Sprint(want) || len(got) > 1 {
			h.t.Errorf("%s, %s: %v, the file says %v", month, how, amounts, want)
		}
		return err
	})
}
