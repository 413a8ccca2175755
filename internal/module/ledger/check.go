package ledger

import (
	"context"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check is O3: every entry balances and so does every batch; the control accounts
// of each unit are what its items and allocations come to; the items of a run are
// its customer line; no component is moved below zero or beyond its whole;
// suspense and liaison are explained; closed months are what they were.
func Check() op.Check {
	return op.Check{Name: "O3", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, check := range []func(context.Context, db.Reader, *op.Report) error{
			checkEntries, checkLines, checkBatches, checkControls, checkRuns, checkSuspense, checkStamps, checkAccounts, checkClearings, checkClosings,
			checkNumbers, checkTransfers, checkTotals,
		} {
			if err := check(ctx, r, &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}

// CheckSplits looks at one account: every split sums to its amount, every
// allocation keeps within its items, every reversal mirrors what it reverses.
func (a *account) check(rep *op.Report) {
	byID := map[op.ID]*Position{}
	for i := range a.positions {
		p := &a.positions[i]
		byID[p.ID] = p
		if total, err := p.Split.Total(); err != nil || total != abs(p.Amount) || total == 0 {
			rep.Found("ledger.item_split", "item", p.ID, "account", p.Account)
		}
		if p.Kind.debit() != (p.Amount > 0) {
			rep.Found("ledger.item_side", "item", p.ID, "account", p.Account)
		}
	}
	moved := map[op.ID]map[Part]money.Amount{}
	reversed := map[op.ID]bool{}
	for i := range a.allocations {
		row := &a.allocations[i]
		a.checkRow(rep, row, byID, reversed)
		for item, split := range map[op.ID]Split{row.Debit: row.DebitSplit, row.Credit: row.CreditSplit} {
			if moved[item] == nil {
				moved[item] = map[Part]money.Amount{}
			}
			for _, p := range split {
				amount := p.Amount
				if row.Amount < 0 {
					amount = -amount
				}
				p.Amount = 0
				moved[item][p] += amount
			}
		}
	}
	for item, parts := range moved {
		for part, amount := range parts {
			if p := byID[item]; p == nil || amount < 0 || amount > p.Split.at(part) {
				rep.Found("ledger.moved", "item", item, "amount", amount)
			}
		}
	}
}

// checkRow looks at one allocation.
func (a *account) checkRow(rep *op.Report, row *Allocation, items map[op.ID]*Position, reversed map[op.ID]bool) {
	at := []any{"allocation", row.ID, "account", row.Account}
	for _, split := range []Split{row.DebitSplit, row.CreditSplit} {
		if total, err := split.Total(); err != nil || total != abs(row.Amount) || total == 0 {
			rep.Found("ledger.allocation_split", at...)
		}
	}
	debit, credit := items[row.Debit], items[row.Credit]
	if debit == nil || credit == nil || debit.Amount < 0 || credit.Amount > 0 {
		rep.Found("ledger.allocation_items", at...)
	}
	if (row.Amount < 0) != (row.Reverses != 0) {
		rep.Found("ledger.reversal", at...)
	}
	if row.Reverses == 0 {
		return
	}
	old := a.allocation(row.Reverses)
	same := old != nil && old.Amount == -row.Amount && old.Debit == row.Debit && old.Credit == row.Credit &&
		slices.Equal(old.DebitSplit, row.DebitSplit) && slices.Equal(old.CreditSplit, row.CreditSplit)
	if !same || reversed[row.Reverses] {
		rep.Found("ledger.reversal", at...)
	}
	reversed[row.Reverses] = true
}

func abs(a money.Amount) money.Amount { return max(a, -a) }

// checkAccounts goes through the accounts in parts, so that memory stays bounded.
func checkAccounts(ctx context.Context, r db.Reader, rep *op.Report) error {
	for after := op.ID(-1); ; {
		items, err := itemsAfter(ctx, r, after)
		if err != nil || len(items) == 0 {
			return err
		}
		if len(items) == checkRowsMax { // the last account may be cut off
			last := items[len(items)-1].Account
			whole := slices.IndexFunc(items, func(i Item) bool { return i.Account == last })
			if whole == 0 {
				if items, err = itemsOf(ctx, r, last); err != nil {
					return err
				}
			} else {
				items = items[:whole]
			}
		}
		through := items[len(items)-1].Account
		rows, err := allocationsBetween(ctx, r, after, through)
		if err != nil {
			return err
		}
		accounts := map[op.ID]*account{}
		for _, i := range items {
			if accounts[i.Account] == nil {
				accounts[i.Account] = &account{}
			}
			accounts[i.Account].add(i)
			rep.Count++
		}
		for _, row := range rows {
			if accounts[row.Account] == nil {
				rep.Found("ledger.allocation_items", "allocation", row.ID, "account", row.Account)
				continue
			}
			accounts[row.Account].allocations = append(accounts[row.Account].allocations, row)
			rep.Count++
		}
		for _, a := range accounts {
			a.check(rep)
		}
		after = through
	}
}

// checkClosings measures every closed month again.
func checkClosings(ctx context.Context, r db.Reader, rep *op.Report) error {
	all, err := closings(ctx, r)
	if err != nil {
		return err
	}
	next := map[op.ID]day.Month{}
	for _, c := range all {
		rep.Count++
		month := day.MonthOf(c.Month)
		if want, known := next[c.Unit]; known && month != want {
			rep.Found("ledger.closing_gap", "unit", c.Unit, "month", want.String())
		}
		next[c.Unit] = month.Add(1)
		now, err := measure(ctx, r, c.Unit, month)
		if fault.KindOf(err) == fault.Internal { // a row that cannot even be read
			rep.Found("ledger.closing_changed", "number", c.Number, "month", month.String())
			continue
		}
		if err != nil {
			return err
		}
		now.Number, now.Reason, now.Actor, now.RecordedAt = c.Number, c.Reason, c.Actor, c.RecordedAt
		if now != c {
			rep.Found("ledger.closing_changed", "number", c.Number, "month", month.String())
		}
		same, err := sameAges(ctx, r, c.Unit, month, c.RecordedAt)
		if err != nil {
			return err
		}
		if !same {
			rep.Found("ledger.closing_ages", "number", c.Number, "month", month.String())
		}
	}
	return nil
}

// sameAges says whether the debts and credits kept with a closed month are those of its
// rows, and its sums by age those of its details. What was posted later into an open
// month is told by its period, and what was used of a credit in the books of another
// unit, which closes its months by itself, by the instant of the closing.
func sameAges(ctx context.Context, r db.Reader, unit op.ID, month day.Month, closed time.Time) (bool, error) {
	kept, err := keptAges(ctx, r, unit, month)
	if err != nil {
		return false, err
	}
	byKey := map[piece]*piece{}
	q := AgeingQuery{AsOf: AsOf{On: month.Last()}, Group: GroupCategory}
	err = livePieces(ctx, r, q, func(w *db.Where, column string) {
		w.And(column+" = ?", unit)
		w.And("period <= ?", month.First())
	}, func(p piece) error { return addPiece(byKey, p) })
	if err != nil {
		return false, err
	}
	credits, err := creditsAt(ctx, r, unit, month, closed)
	if err != nil {
		return false, err
	}
	for _, p := range kept {
		key := p
		key.unit, key.debit, key.credit = unit, 0, 0
		if p.due.IsZero() {
			of := piece{category: p.category, nature: p.nature}
			if credits[of] != p.credit {
				return false, nil
			}
			delete(credits, of)
			continue
		}
		if now := byKey[key]; now == nil || now.debit != p.debit {
			return false, nil
		}
		delete(byKey, key)
	}
	if len(credits) > 0 {
		return false, nil
	}
	for key, now := range byKey {
		if !key.due.IsZero() && now.debit != 0 {
			return false, nil
		}
	}
	want, err := usualAges(month, kept)
	if err != nil {
		return false, err
	}
	sums, err := keptSums(ctx, r, unit, month)
	return len(sums) == 0 || slices.Equal(sums, want), err // a month closed before sums were kept has none
}

// CheckHolders: an item stands on a receivable account that exists, in the books of the
// unit that manages it and of an entity that exists, the account's own when it names one.
func CheckHolders() op.Check {
	return op.Check{Name: "HOLDERS", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		return rep, checkHolders(ctx, r, &rep)
	}}
}
