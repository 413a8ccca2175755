package collection_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"wasl/internal/kernel/money"
	"wasl/internal/module/collection"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

var kit *apptest.Kit

func TestMain(m *testing.M) { os.Exit(apptest.Main(m, &kit)) }

func onBoth(t *testing.T, fn func(t *testing.T, w *apptest.World)) {
	t.Helper()
	kit.OnBoth(t, fn)
}

func admin() op.Credential { return apptest.Console(apptest.Admin) }

// desk opens the desk of the administrator at the place Own.
func desk(w *apptest.World) collection.SessionSaved {
	w.Helper()
	return do[collection.SessionSaved](w, "collection.session.open", op.Input{
		"unit": w.At[apptest.Own].Unit.String(), "desk": "G1", "opening_float": "200.00",
	})
}

// do carries out an operation as the administrator.
func do[T any](w *apptest.World, name string, in op.Input) T {
	w.Helper()
	out, ok := w.Must(admin(), name, in).Out.(T)
	if !ok {
		w.Fatalf("%s gave something else", name)
	}
	return out
}

// refused expects a refusal with a code, of the whole or of a field.
func refused(w *apptest.World, name string, in op.Input, code string) {
	w.Helper()
	_, err := w.Run(admin(), name, in)
	if !slices.Contains(codesOf(err), code) {
		w.Errorf("%s %v: %v, want %s", name, in, err, code)
	}
}

// till is a desk with an account that had owed nothing, and the books before.
type till struct {
	*apptest.World
	session collection.SessionSaved
	account op.ID
	before  map[string]money.Amount
}

func newTill(w *apptest.World) *till {
	w.Helper()
	t := &till{World: w, session: desk(w), account: w.At[apptest.Own].Supply}
	t.before = t.books()
	return t
}

// dh reads an amount.
func dh(s string) money.Amount {
	a, err := money.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return a
}

// bill opens a bill of electricity on an account of the place Own, today.
func (t *till) bill(account op.ID, net, vat string) ledger.Item {
	t.Helper()
	return t.open(ledger.Opening{
		Posting: ledger.Posting{Account: account, Document: "F-" + net}, Kind: ledger.ItemBill, Split: taxed(t, net, vat), Service: ledger.Electricity,
		Category: "DOM", LegalNature: "private",
	}).Item
}

func taxed(t *till, net, vat string) ledger.Split {
	t.Helper()
	split, err := ledger.NewSplit(
		ledger.Part{Service: ledger.Electricity, Nature: ledger.Principal, Amount: dh(net)},
		ledger.Part{Service: ledger.Electricity, Nature: ledger.VAT, Rate: 1000, Amount: dh(vat)},
	)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

// open opens an item today in the books of the place Own.
func (t *till) open(o ledger.Opening) (out ledger.Opened) {
	t.Helper()
	err := t.App.Runner.Within(t.Context(), func(ctx context.Context, x *op.Exec) (err error) {
		o.On = x.Today
		if o.Stamps, err = t.App.Ledger.StampsOf(ctx, x.Tx, t.At[apptest.Own].Unit, ledger.Electricity, x.Today); err != nil {
			return err
		}
		out, err = t.App.Ledger.Open(ctx, x.Tx, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// take takes money from the account of the till.
func (t *till) take(tenders ...any) collection.Receipted {
	t.Helper()
	return do[collection.Receipted](t.World, "collection.receipt.take", op.Input{"accounts": t.account.String(), "tenders": tenders})
}

// cheque is the one of a receipt.
func (t *till) cheque(receipt op.ID) op.ID {
	t.Helper()
	for _, tender := range do[collection.ReceiptCard](t.World, "collection.receipt.get", op.Input{"id": receipt.String()}).Tenders {
		if tender.Settles == collection.AtClearing {
			return tender.ID
		}
	}
	t.Fatal("no cheque")
	return 0
}

// remit hands a cheque to the bank and gives the bordereau.
func (t *till) remit(cheque op.ID) op.ID {
	t.Helper()
	return do[collection.ChequesSaved](t.World, "collection.cheque.deposit", op.Input{
		"unit": t.At[apptest.Own].Unit.String(), "cheques": cheque.String(), "deposited_on": t.today(), "bank": "BMCE",
	}).ID
}

func (t *till) clear(deposit op.ID) {
	t.Helper()
	do[collection.ChequesSaved](t.World, "collection.cheque.clear", op.Input{"deposit": deposit.String(), "cleared_on": t.today()})
}

func (t *till) giveBack(cheque op.ID, fee string) {
	t.Helper()
	do[collection.ChequesSaved](t.World, "collection.cheque.return", op.Input{
		"id": cheque.String(), "returned_on": t.today(), "fee": fee, "reason": "Provision insuffisante",
	})
}

func (t *till) today() string { return t.App.Today().String() }

// books are the balances of all units together, by account.
func (t *till) books() map[string]money.Amount {
	t.Helper()
	out := map[string]money.Amount{}
	_, err := t.App.Runner.Rows(t.Context(), op.Request{Name: "ledger.balance", Credential: admin(), Input: op.Input{"merged": "true"}}, nil, func(row any) error {
		if b, ok := row.(ledger.Balance); ok {
			out[b.Account] = b.Balance
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expect compares what has moved in the books since the till was made: "account amount".
func (t *till) expect(what string, want ...string) {
	t.Helper()
	var got []string
	now := t.books()
	for account := range t.before {
		now[account] -= t.before[account]
	}
	for account, amount := range now {
		if amount != 0 {
			got = append(got, account+" "+amount.String())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
