package faults

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// collectionScenarios are the changes at the desk and of cheques.
func collectionScenarios() map[string]scenario {
	own := apptest.Own
	of := func(in func(w *apptest.World) []any) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return about(in(w)...) })
	}
	tender := []any{
		"label", "Terminal", "valid_from", "2027-01-01", "account", "5118", "bank_account", "5141", "settles", "receipt", "status", "official",
		"source", "Note du 5 janvier", "reason", reason,
	}
	return map[string]scenario{
		"collection.tender.add":    admin(append([]any{"code", "TPE"}, tender...)...),
		"collection.tender.update": admin(append([]any{"code", "card"}, tender...)...),
		"collection.session.open": of(func(w *apptest.World) []any {
			return []any{"unit", w.At[own].Unit, "desk", "G2", "opening_float", "100.00"}
		}),
		"collection.session.close": of(func(w *apptest.World) []any {
			return []any{"id", w.DeskOf(apptest.Actor, own), "counted", "199.50", "reason", reason}
		}),
		"collection.receipt.take": by(apptest.Actor, func(w *apptest.World) op.Input {
			w.DeskOf(apptest.Actor, own)
			in := about("accounts", w.At[own].Account, "given", "30.00")
			in["tenders"] = []any{"cash;20.00", "cheque;;CH-1;BMCE;ALAMI"}
			return in
		}),
		"collection.receipt.cancel": of(func(w *apptest.World) []any {
			w.DeskOf(apptest.Admin, own)
			return []any{"id", w.Receipted(own, "cash;5.00").ID, "reason", reason}
		}),
		"collection.waiting.assign": by(apptest.Actor, func(w *apptest.World) op.Input { return w.AssigningAt(own) }),
		"collection.move.undo":      of(func(w *apptest.World) []any { return []any{"id", w.MovedAt(own), "reason", reason} }),
		"collection.receipt.print":  of(func(w *apptest.World) []any { return []any{"id", w.ReceiptAt(own).ID, "paper", "ticket"} }),
		"collection.cheque.deposit": of(func(w *apptest.World) []any {
			return []any{"unit", w.At[own].Unit, "cheques", w.ChequeAt(own).ID, "deposited_on", w.App.Today().String(), "bank", "BMCE"}
		}),
		"collection.cheque.clear": of(func(w *apptest.World) []any {
			_, deposit := w.DepositedAt(own)
			return []any{"deposit", deposit, "cleared_on", w.App.Today().String()}
		}),
		"collection.cheque.return": of(func(w *apptest.World) []any {
			cheque, _ := w.DepositedAt(own)
			return []any{"id", cheque.ID, "returned_on", w.App.Today().String(), "fee", "12.50", "reason", reason}
		}),
	}
}

// collectionDamages are what somebody could do to receipts, drawers and cheques. Every place
// has a counted desk with a receipt in cash and one by cheque; one more cheque is at the bank.
func collectionDamages() []damage {
	one := func(name, code string, sql ...string) damage {
		return damage{name: name, check: "COLLECTION", code: "collection." + code, sql: sql, before: func(w *apptest.World) {
			w.CollectedEverywhere()
			w.DepositedAt(apptest.Own)
		}}
	}
	move := func(name, code, sql string) damage {
		return damage{name: name, check: "COLLECTION", code: "collection." + code, sql: []string{sql}, before: func(w *apptest.World) { w.MovedAt(apptest.Own) }}
	}
	const first = ` WHERE id = (SELECT min(id) FROM receipt)`
	const of = ` WHERE receipt_id = (SELECT min(id) FROM receipt)`
	return []damage{
		one("a session that is gone", "session_gap", `DELETE FROM cash_session WHERE serial = 1`),
		one("a session with the number of another", "session_gap", `UPDATE cash_session SET serial = 2 WHERE serial = 1`),
		one("a bordereau that is gone", "deposit_gap", `DELETE FROM cheque_deposit`),
		one("a receipt that is gone", "receipt_gap", `DELETE FROM receipt`+first),
		one("a receipt counted once too often", "receipt_gap", `UPDATE cash_session SET receipts = receipts + 1 WHERE serial = 1`),
		one("a receipt with another number", "receipt_number", `UPDATE receipt SET number = number || '9'`+first),
		one("a receipt of another amount", "receipt_tenders", `UPDATE receipt SET total = total + 100`+first),
		one("a receipt with another duty", "receipt_tenders", `UPDATE receipt SET stamp = stamp + 1`+first),
		one("a tender of another amount", "receipt_tenders", `UPDATE receipt_tender SET amount = amount + 100`+of),
		one("a receipt and its tender of another amount", "receipt_lines", `UPDATE receipt SET total = total + 100`+first,
			`UPDATE receipt_tender SET amount = amount + 100`+of),
		one("a line of another amount", "line_item", `UPDATE receipt_line SET amount = amount + 100`+of),
		one("a line of another item", "line_item", `UPDATE receipt_line SET item_id = item_id + 1`+of),
		one("a line that is gone", "item_line", `DELETE FROM receipt_line`+of),
		one("cash by another means", "session_count", `UPDATE receipt_tender SET cash = FALSE`+of),
		one("a drawer that held something else", "session_count", `UPDATE cash_session SET expected = expected + 100 WHERE serial = 1`),
		one("a difference that was not posted", "session_books", `UPDATE cash_session SET counted = counted + 100, difference = difference + 100 WHERE serial = 1`),
		one("a cheque cleared before it was at the bank", "cheque_order", `UPDATE cheque_event SET state = 'cleared'`),
		one("a cheque that never came", "deposit_total", `UPDATE cheque_event SET tender_id = tender_id + 1`),
		one("a bordereau of another amount", "deposit_total", `UPDATE cheque_deposit SET total = total + 100`),
		one("a cheque cleared without its money", "books", `INSERT INTO cheque_event (tender_id, event_no, state, deposit_id, happened_on, fee, reason, actor_id,
			recorded_at) SELECT tender_id, 2, 'cleared', 0, happened_on, 0, '', actor_id, recorded_at FROM cheque_event`),
		one("a receipt cancelled without its money", "books", `INSERT INTO receipt_cancel (receipt_id, cancelled_on, reason, actor_id, recorded_at)
			SELECT id, received_on, 'x', actor_id, recorded_at FROM receipt`+first),
		move("money moved of another amount", "move_from", `UPDATE receipt_move SET amount = amount + 100`),
		move("money that came to nobody", "move_to", `UPDATE receipt_move SET to_account_id = to_account_id + 1`),
		move("a move undone without its money", "move_from", `INSERT INTO receipt_move_undo (move_id, undone_on, reason, actor_id, recorded_at)
			SELECT id, moved_on, 'x', actor_id, recorded_at FROM receipt_move`),
		one("cash moved to the bank", "books", `UPDATE ledger_line SET account = '5141' WHERE account = '5161'`),
	}
}
