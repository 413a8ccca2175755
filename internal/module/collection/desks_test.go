package collection_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/collection"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// desksMax is how many desks ask for the same bill at once.
const desksMax = 64

// cashiers is a guard that also knows the cashiers of the test, who may do what the
// administrator may.
type cashiers struct {
	op.Guard
	admin int64
	known map[string]int64
}

func (g *cashiers) Authenticate(ctx context.Context, r db.Reader, c op.Credential) (op.Actor, error) {
	if id, ok := g.known[c.Login]; ok {
		return op.Actor{UserID: id, Login: c.Login, Channel: c.Channel}, nil
	}
	return g.Guard.Authenticate(ctx, r, c)
}

func (g *cashiers) RightsOf(ctx context.Context, r db.Reader, user int64) (*op.Rights, error) {
	for _, id := range g.known {
		if id == user {
			user = g.admin
			break
		}
	}
	return g.Guard.RightsOf(ctx, r, user)
}

// hired makes the cashiers and opens their desks.
func hired(t *till) *cashiers {
	t.Helper()
	g := &cashiers{Guard: t.App.Runner.Guard, known: map[string]int64{}}
	s := do[collection.SessionCard](t.World, "collection.session.get", op.Input{"id": t.session.ID.String()})
	g.admin = int64(s.Cashier)
	for i := range desksMax {
		login := fmt.Sprintf("caisse.%02d", i)
		res := t.Must(admin(), "access.user.add", op.Input{"login": login, "name": "Caisse " + login, "unit": t.At[apptest.Own].Unit.String()})
		for _, c := range t.App.Registry.Find("access.user.add").Columns {
			if id, ok := c.Value(res.Out).(op.ID); ok {
				g.known[login] = int64(id)
				t.Must(admin(), "collection.session.open", op.Input{"unit": t.At[apptest.Own].Unit.String(), "desk": login, "cashier": id.String()})
			}
		}
	}
	t.App.Runner.Guard = g
	return g
}

// TestManyDesksOneBill: sixty-four desks take the same bill at once. One settles it, each of
// the others is told that nothing is left, and no number of a receipt is lost.
func TestManyDesksOneBill(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		g := hired(h)
		h.before = h.books()
		bill := h.bill(h.account, "100.00", "10.00")
		var mu sync.Mutex
		var wg sync.WaitGroup
		settled, others := 0, map[string]int{}
		for login := range g.known {
			wg.Go(func() {
				_, err := w.App.Runner.Run(w.Context(), op.Request{
					Name: "collection.receipt.take", Credential: apptest.Console(login), RequestID: login,
					Input: op.Input{"accounts": h.account.String(), "items": bill.ID.String(), "tenders": "cash;110.00"},
				})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					settled++
					return
				}
				others[strings.Join(codesOf(err), " ")]++
			})
		}
		wg.Wait()
		if settled != 1 || others["input.invalid collection.item_unknown"] != desksMax-1 {
			t.Errorf("%d settlements, refusals %v", settled, others)
		}
		h.expect("settled once", "4455 -10.00", "44573 -0.28", "5161 110.28", "71211 -100.00")
		h.Sound()
	})
}

// codesOf are the codes of a refusal and of its fields.
func codesOf(err error) (codes []string) {
	if e := fault.As(err); e != nil {
		codes = append(codes, e.Code)
		for _, f := range e.Fields {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// TestCancellationsBesideReceipts: receipts of a desk are cancelled while it goes on taking from
// the same account. Both hold the account before the desk, so that none is given up by the
// database because two of them wait for each other.
func TestCancellationsBesideReceipts(t *testing.T) {
	t.Parallel()
	const each = 24
	onBoth(t, func(t *testing.T, w *apptest.World) {
		h := newTill(w)
		h.before = h.books()
		h.bill(h.account, "100.00", "10.00")
		approvals := make([]op.Input, each)
		for i := range approvals {
			res := h.Must(admin(), "collection.receipt.cancel", op.Input{"id": h.take("cash;1.00").ID.String(), "reason": "Erreur de compte"})
			approvals[i] = op.Input{"id": res.Proposal.String(), "version": "1"}
		}
		second := op.Credential{Channel: op.Web, Token: w.Session(apptest.Second), Address: apptest.Address}
		var wg sync.WaitGroup
		errs := make(chan error, 2*each)
		for _, in := range approvals {
			wg.Go(func() {
				_, err := w.Run(second, "approval.approve", in)
				errs <- err
			})
			wg.Go(func() {
				_, err := w.Run(admin(), "collection.receipt.take", op.Input{"accounts": h.account.String(), "tenders": "cash;1.00"})
				errs <- err
			})
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		now := h.books()
		for _, account := range []string{"3421", "5161"} {
			now[account] -= h.before[account]
		}
		if now["3421"] != dh("86.00") || now["5161"] != dh("24.00") {
			t.Errorf("24 receipts of 1.00 are left of 48: owed %v, cash %v", now["3421"], now["5161"])
		}
		h.Sound()
	})
}
