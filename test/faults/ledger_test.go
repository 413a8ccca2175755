package faults

import (
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// ledgerScenarios are the changes of the chart, the rules, the entries and the
// months.
func ledgerScenarios() map[string]scenario {
	own := func(pairs func(r apptest.Records) []any) scenario {
		return by(apptest.Actor, func(w *apptest.World) op.Input { return about(pairs(w.At[apptest.Own])...) })
	}
	return map[string]scenario{
		"ledger.account.add":    admin("code", "51614", "label", "Caisse de l'agence B", "kind", "ordinary", "valid_from", "2026-01-01"),
		"ledger.account.update": admin("id", "1", "version", "1", "label", "Dépôts reçus"),
		"ledger.rule.import": by(apptest.Admin, func(w *apptest.World) op.Input {
			file, err := apptest.Rules(w.Context(), w.App.Runner, apptest.Console(apptest.Admin))
			if err != nil {
				w.Fatal(err)
			}
			return about("file", op.NewUpload("regles.csv", file), "label", "Autres règles", "valid_from", "2026-09-01", "liaison", "1605", "reason", reason)
		}),
		"ledger.rule.activate": by(apptest.Admin, func(w *apptest.World) op.Input { return about("id", w.Draft, "version", "1") }),
		"ledger.entry.post": own(func(r apptest.Records) []any {
			return []any{"unit", r.Unit, "effective_on", "2026-02-20", "lines", "6147;3,00;\n5141;;3,00", "reason", reason}
		}),
		"ledger.entry.reverse": own(func(r apptest.Records) []any {
			return []any{"id", r.Entry, "effective_on", "2026-02-20", "reason", reason}
		}),
		"ledger.allocation.make": own(func(r apptest.Records) []any {
			return []any{"receivable_account", r.Account, "items", []any{r.Item.String(), r.Credit.String()}, "reason", reason}
		}),
		"ledger.allocation.reverse": own(func(r apptest.Records) []any {
			return []any{"id", r.Allocation, "receivable_account", r.Account, "reason", reason}
		}),
		"ledger.doubtful_rule.set": admin("valid_from", "2026-01-01", "days_late", "180", "account", "3424", "label", "Règle", "reason", reason),
		"ledger.doubtful.transfer": by(apptest.Actor, func(w *apptest.World) op.Input { return w.DoubtfulList(apptest.Own) }),
		"ledger.doubtful.return": by(apptest.Actor, func(w *apptest.World) op.Input {
			w.Doubted(apptest.Own)
			r := w.At[apptest.Own]
			return about("id", r.Item, "receivable_account", r.Account, "reason", reason)
		}),
		"ledger.period.close": own(func(r apptest.Records) []any {
			return []any{"unit", r.Unit, "month", apptest.BooksMonth, "reason", reason}
		}),
	}
}

// ledgerDamages are what somebody could do to the accounts. Every place of the
// utility has a closed month without facts, a bill of 110.00 paid in half by a
// receipt of the same day, and an entry of a person.
func ledgerDamages() []damage {
	const own = `(SELECT min(receivable_account_id) FROM open_item)`
	one := func(name, code, sql string) damage {
		return damage{name: name, check: "O3", code: "ledger." + code, sql: []string{sql}}
	}
	line := func(set string) string {
		return `UPDATE ledger_line SET ` + set + ` WHERE receivable_account_id = ` + own + ` AND line_no = 1 AND account = '3421'`
	}
	bill := func(set string) string {
		return `UPDATE open_item SET ` + set + ` WHERE receivable_account_id = ` + own + ` AND amount > 0`
	}
	paid := func(set string) string {
		return `UPDATE allocation SET ` + set + ` WHERE receivable_account_id = ` + own
	}
	doubt := func(amount, from string) string {
		return `INSERT INTO item_transfer (receivable_account_id, id, item_id, from_account, to_account, amount, entry_id, actor_id, reason, managing_unit_id,
			due_on, issued_on, category, legal_nature, effective_on, period, recorded_at)
			SELECT receivable_account_id, id, id, '` + from + `', '3424', ` + amount + `, entry_id, 0, '', managing_unit_id, due_on, issued_on, category,
			  legal_nature, effective_on, period, recorded_at FROM open_item WHERE receivable_account_id = ` + own + ` AND amount > 0`
	}
	return []damage{
		one("an entry out of balance", "entry_unbalanced", line("amount = amount + 1")),
		{name: "a batch out of balance", check: "O3", code: "ledger.batch_unbalanced", sql: []string{
			`UPDATE ledger_entry SET batch_id = 88 WHERE receivable_account_id = 0`,
			`UPDATE ledger_line SET amount = amount + 1 WHERE receivable_account_id = 0 AND line_no = 1`,
		}},
		one("an entry with another total", "entry_total", `UPDATE ledger_entry SET total = total + 1 WHERE receivable_account_id = `+own),
		one("an entry without lines", "entry_total", `DELETE FROM ledger_line WHERE receivable_account_id = `+own),
		one("a line on no account of the chart", "line_account", line("account = '99999'")),
		one("a line moved to another unit", "line_stamp", line("unit_id = unit_id + 1")),
		one("a line moved to another day", "line_stamp", line("effective_on = '2026-02-06'")),
		one("a customer line moved to another account", "control", line("account = '5141'")),
		one("an item of another amount", "item_split", bill("amount = amount + 100")),
		one("an item on another account", "control", bill("account = '3424'")),
		one("an item that has changed sides", "item_side", bill("amount = -amount")),
		one("an item of another kind", "item_side", bill("kind = 'advance'")),
		one("an item whose split is another", "item_split", bill("split = 'ep:10000 ev1000:1001'")),
		one("an allocation of another amount", "allocation_split", paid("amount = amount + 1")),
		one("an allocation that moves more VAT than there is", "moved", paid("debit_split = 'ep:3999 ev1000:1501'")),
		one("an allocation with other stamps", "allocation_stamp", paid("due_on = '2020-01-01'")),
		one("an allocation before its items", "allocation_stamp", paid("effective_on = '2020-01-01'")),
		one("an allocation between the wrong sides", "allocation_items", paid("debit_item_id = credit_item_id")),
		one("a reversal of nothing", "reversal", paid("reverses_id = 1")),
		one("an allocation taken away", "control", `UPDATE ledger_line SET amount = 0 WHERE receivable_account_id = `+own+` AND account = '3421'`),
		one("a clearing of what was not reserved", "clearing", `INSERT INTO allocation_clearing (receivable_account_id, allocation_id, entry_id, effective_on, period,
			recorded_at) SELECT receivable_account_id, id, entry_id, effective_on, period, recorded_at FROM allocation WHERE receivable_account_id = `+own),
		one("a run whose items are not its customer line", "run", bill("batch_id = 77")),
		one("suspense that stays", "suspense", `UPDATE ledger_line SET account = '44971' WHERE receivable_account_id = 0 AND account = '5141'`),
		one("liaison that does not cancel", "liaison", `UPDATE ledger_line SET account = '1605' WHERE receivable_account_id = `+own+` AND account = '5141'`),
		one("a fact put into a closed month", "closing_changed", `UPDATE ledger_entry SET period = '2026-01-01' WHERE receivable_account_id = `+own),
		one("control totals that were changed", "closing_changed", `UPDATE period_closing SET debit = debit + 1`),
		one("ages kept with a closed month that its rows do not give", "closing_ages", `INSERT INTO period_ageing (unit_id, month, line_no, due_on, issued_on,
			category, legal_nature, amount) SELECT unit_id, month, 1, '2026-01-05', '2026-01-05', 'DOM', 'private', 100 FROM period_closing`),
		one("sums by age that its ages do not give", "closing_ages", `INSERT INTO period_age (month, counted, unit_id, category, legal_nature, from_days, amount)
			SELECT month, 'due', unit_id, 'DOM', 'private', 31, 100 FROM period_closing`),
		one("more in doubt than is owed", "doubtful", doubt("5501", "3421")),
		one("doubt on another account than that of its item", "transfer_stamp", doubt("100", "5141")),
		one("a debt in doubt without an entry", "control", doubt("100", "3421")),
		one("a total of what is owed that its items do not give", "total", `UPDATE owed_change SET owed = owed + 1 WHERE owed > 0`),
		one("a total of nothing", "total", `INSERT INTO owed_total (managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, owed, credit,
			doubtful) VALUES (1, '2026-01-05', '2026-01-05', 'water', 'DOM', 'private', '2026-01-05', 100, 0, 0)`),
		{name: "an item of no account", check: "HOLDERS", code: "ledger.holder_none", sql: []string{
			`INSERT INTO open_item (receivable_account_id, id, kind, account, amount, split, document, service, category, legal_nature, managing_unit_id,
			  entity_id, operator_id, batch_id, entry_id, exercise, budget_year, issued_on, due_on, effective_on, period, recorded_at)
			SELECT 999999, id, kind, account, amount, split, document, service, category, legal_nature, managing_unit_id, entity_id, operator_id,
			  batch_id, entry_id, exercise, budget_year, issued_on, due_on, effective_on, period, recorded_at
			FROM open_item WHERE receivable_account_id = ` + own + ` AND amount > 0`,
		}},
		{name: "an item in the books of another unit", check: "HOLDERS", code: "ledger.holder_unit", sql: []string{bill("managing_unit_id = managing_unit_id + 1")}},
		{name: "an item of another entity", check: "HOLDERS", code: "ledger.holder_entity", sql: []string{bill("entity_id = entity_id + 1")}},
		one("credits kept with a closed month that its rows do not give", "closing_ages", `INSERT INTO period_ageing (unit_id, month, line_no, category,
			legal_nature, amount) SELECT unit_id, month, 1, 'DOM', 'private', 100 FROM period_closing`),
		one("numbers of no entry", "series_count", `INSERT INTO entry_series (unit_id, month, entity_id, journal, exercise, first_number, entries)
			SELECT unit_id, month, 1, 'vte', 2026, 1, 2 FROM period_closing`),
		one("a gap in the numbers of a journal", "series_gap", `INSERT INTO entry_series (unit_id, month, entity_id, journal, exercise, first_number, entries)
			SELECT unit_id, month, 1, 'vte', 2026, 2, 0 FROM period_closing`),
		one("a hash that was changed", "closing_changed", `UPDATE period_closing SET sha256 = 'x'`),
	}
}
