package ledger

import (
	"context"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/kernel/page"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// itemHref is the page of an item, which is found by its account and itself.
func itemHref(v *screen.View, account, id op.ID) string {
	return v.Href("/ledger/items/"+id.String(), "receivable_account", account.String())
}

// letteringHref is the page of the items and allocations of an account.
func letteringHref(v *screen.View, account op.ID) string {
	return v.Href("/ledger/lettering/" + account.String())
}

// itemPage is one item: what is left of each part, what paid it, what happened.
func itemPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[ItemCard](ctx, v, "ledger.item.show", "id", v.PathValue("id"), "receivable_account", v.Query("receivable_account"))
	if err != nil {
		return ui.Page{}, err
	}
	facts, err := v.Facts(ctx, "ledger.item.show", card, "receivable_account", "account", "unit", "entity", "service", "category", "legal_nature", "issued_on",
		"due_on", "period", "recorded_at")
	if err != nil {
		return ui.Page{}, err
	}
	moved, err := card.Moved.Total()
	if err != nil {
		return ui.Page{}, err
	}
	status := ui.Status{Label: v.Say("page.ledger.item.open"), Tone: ui.Waits}
	switch {
	case card.Left == 0:
		status = ui.Status{Label: v.Say("page.ledger.item.settled"), Tone: ui.Settled}
	case card.Left > 0 && card.DueOn.Before(v.Today):
		status = ui.Status{Label: v.Say("page.ledger.late", "days", card.DueOn.DaysUntil(v.Today)), Tone: ui.Wrong}
	}
	figures := v.Figures(v.Say("page.ledger.item"), []ui.Figure{
		{Label: v.Say("field.amount"), Value: ui.MoneyExact(card.Amount), Unit: "DH"},
		{Label: v.Say("page.ledger.moved"), Value: ui.MoneyExact(moved), Unit: "DH", Sub: v.Say("page.ledger.item.moved.sub")},
		{Label: v.Say("field.left"), Value: ui.MoneyExact(card.Left), Unit: "DH", Sub: v.Say("page.ledger.item.left.sub")},
		{Label: v.Say("field.in_doubt"), Value: ui.Money(card.InDoubt), Unit: "DH"},
	})
	var actions []ui.Button
	if card.InDoubt != 0 {
		actions = v.Button("ledger.doubtful.return", ui.IconHistory, "id", card.ID.String(), "receivable_account", card.Account.String())
	}
	if card.Left != 0 {
		actions = append(actions, primary(v.Button("ledger.allocation.make", ui.IconLink, "receivable_account", card.Account.String(), "items", card.ID.String()))...)
	}
	allocations, err := allocationsPanel(ctx, v, card.Account, card.Allocations)
	if err != nil {
		return ui.Page{}, err
	}
	if card.Kind == ItemBill && card.Batch != 0 && v.May("billing.bill.show") { // the bill of a run bears the identity of its item
		bill := v.Href("/billing/bills/" + card.Account.String() + "/" + card.ID.String())
		actions = append([]ui.Button{{Label: v.Say("page.ledger.item.bill"), Icon: ui.IconFile, Href: bill}}, actions...)
	}
	kind := v.Say("enum.ledger_item_kind." + string(card.Kind))
	back := letteringHref(v, card.Account)
	return ui.Page{
		Title: kind, Code: card.Document, Back: back, Actions: actions,
		Sub:    g.Group{v.Badge(status), g.Text(" " + v.Say("page.ledger.item.sub", "date", card.EffectiveOn))},
		Crumbs: []ui.Link{{Label: v.Say("page.ledger.lettering"), Href: back}, {Label: card.Document, Code: true}},
		Body: v.Columns("8-4", g.Group{figures, splitPanel(v, card.Position), allocations},
			g.Group{v.Panel(ui.Panel{Title: v.Say("page.ledger.stamps"), Body: v.Env.Facts(facts)}), itemTimeline(v, card)}),
	}, nil
}

// splitPanel is what each centime of an item is, and what is left of it.
func splitPanel(v *screen.View, p Position) g.Node {
	l := ui.List{ID: "split", Caption: v.Say("field.split"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.service")},
		{Label: v.Say("page.ledger.nature")},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
		{Label: v.Say("page.ledger.moved"), Kind: ui.AmountColumn},
		{Label: v.Say("field.left"), Kind: ui.AmountColumn},
	}}
	var total, moved money.Amount
	for _, part := range p.Split {
		of := part
		of.Amount = 0
		paid := p.Moved.at(of)
		nature := v.Say("enum.ledger_nature." + string(part.Nature))
		if part.Nature == VAT {
			nature += " " + part.Rate.French()
		}
		total, moved = total+part.Amount, moved+paid
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.Say("enum.ledger_service." + string(part.Service))},
			{Text: nature},
			{Text: ui.MoneyExact(part.Amount)},
			{Text: ui.Money(paid)},
			{Text: ui.Money(part.Amount - paid)},
		}})
	}
	l.Totals = []ui.Cell{{Text: v.Say("field.total")}, {}, {Text: ui.MoneyExact(total)}, {Text: ui.Money(moved)}, {Text: ui.Money(total - moved)}}
	l.Note = v.Say("page.ledger.item.split.note")
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true})
}

// allocationsPanel lists allocations, each with what undoes it.
func allocationsPanel(ctx context.Context, v *screen.View, account op.ID, rows []AllocationRow) (g.Node, error) {
	var who []op.ID
	for _, r := range rows {
		who = append(who, r.Actor)
	}
	users, err := v.Labels(ctx, "user", who)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "allocations", Caption: v.Say("field.allocations"), Bare: true, Tall: true, Columns: []ui.Column{
		{Label: v.Say("field.effective_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.debit")},
		{Label: v.Say("page.ledger.allocation.by")},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
		{Label: v.Say("field.status")},
		{Label: v.Say("page.ledger.allocation.why")},
	}, Empty: &ui.Empty{Icon: ui.IconLink, Title: v.Say("page.ledger.allocations_empty"), Text: v.Say("page.ledger.allocations_empty.text")}}
	undoes := v.May("ledger.allocation.reverse")
	if undoes {
		l.Columns = append(l.Columns, ui.Column{Label: v.Say("page.ledger.allocation.undo")})
	}
	for _, r := range rows {
		var undo []ui.Cell
		switch {
		case undoes && r.undoable():
			undo = []ui.Cell{{Text: v.Say("page.ledger.allocation.undo"), Href: v.OpHref("ledger.allocation.reverse", "id", r.ID.String(),
				"receivable_account", account.String(), screen.BackField, v.Request.URL.RequestURI())}}
		case undoes:
			undo = []ui.Cell{{}}
		}
		l.Rows = append(l.Rows, ui.Row{Cells: append([]ui.Cell{
			{Text: r.EffectiveOn.French()},
			{Text: r.DebitDocument, Sub: v.Say("enum.ledger_item_kind." + string(r.DebitKind)), Href: itemHref(v, account, r.Debit)},
			{Text: r.CreditDocument, Sub: v.Say("enum.ledger_item_kind." + string(r.CreditKind)), Href: itemHref(v, account, r.Credit)},
			{Text: ui.MoneyExact(r.Amount)},
			{Status: allocationStatus(v, r)},
			{Text: r.Reason, Sub: users[r.Actor]},
		}, undo...)})
	}
	l.Note = v.Say("page.ledger.allocation.note")
	return v.Panel(ui.Panel{Title: l.Caption, Body: v.Env.List(l), Flush: true}), nil
}

// allocationStatus says where an allocation stands.
func allocationStatus(v *screen.View, r AllocationRow) *ui.Status {
	switch {
	case r.Reverses != 0:
		return &ui.Status{Label: v.Say("page.ledger.allocation.reversal"), Tone: ui.Neutral}
	case r.ReversedBy != 0:
		return &ui.Status{Label: v.Say("page.ledger.allocation.reversed"), Tone: ui.Neutral}
	case r.Reserved && r.ClearedOn.IsZero():
		return &ui.Status{Label: v.Say("page.ledger.allocation.reserved"), Tone: ui.Waits}
	}
	return &ui.Status{Label: v.Say("page.ledger.allocation.stands"), Tone: ui.Settled}
}

// itemTimeline is what happened to an item, the latest first.
func itemTimeline(v *screen.View, card ItemCard) g.Node {
	all := []ui.Event{{
		At: card.RecordedAt, Title: v.Say("page.ledger.item.opened", "date", card.EffectiveOn), Text: ui.MoneyExact(card.Amount) + ui.HardSpace + "DH",
		Icon: ui.IconPlus, Href: entryHref(v, entryAccount(card.Item), card.Entry),
	}}
	for _, r := range card.Allocations {
		e := ui.Event{At: r.RecordedAt, Icon: ui.IconLink, Tone: ui.Settled, Title: v.Say("page.ledger.item.paid", "date", r.EffectiveOn)}
		other := r.CreditDocument
		if r.Credit == card.ID {
			other = r.DebitDocument
		}
		if r.Reverses != 0 {
			e.Icon, e.Tone, e.Title = ui.IconHistory, ui.Wrong, v.Say("page.ledger.item.unpaid", "date", r.EffectiveOn)
		}
		if e.Text = other + " · " + ui.MoneyExact(r.Amount) + ui.HardSpace + "DH"; r.Entry != 0 {
			e.Href = entryHref(v, r.Account, r.Entry)
		}
		all = append(all, e)
		if !r.ClearedOn.IsZero() {
			all = append(all, ui.Event{When: r.ClearedOn.French(), Icon: ui.IconCheck, Tone: ui.Settled, Title: v.Say("page.ledger.item.cleared"), Text: other})
		}
	}
	for _, t := range card.Transfers {
		e := ui.Event{
			At: t.RecordedAt, Icon: ui.IconHistory, Tone: ui.Waits, Title: v.Say("page.ledger.item.doubted", "date", t.EffectiveOn),
			Text: ui.MoneyExact(t.Amount) + ui.HardSpace + "DH", Href: entryHref(v, transferAccount(t), t.Entry),
		}
		if t.Amount < 0 {
			e.Tone, e.Title = ui.Settled, v.Say("page.ledger.item.undoubted", "date", t.EffectiveOn)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b ui.Event) int { return a.At.Compare(b.At) })
	slices.Reverse(all)
	return v.Panel(ui.Panel{Title: v.Say("page.ledger.item.timeline"), Body: v.Timeline(all)})
}

// entryAccount is the account under which the entry of an item stands: that of the
// item, or 0 for the items of a run.
func entryAccount(i Item) op.ID {
	if i.Batch != 0 && i.Kind.event() == EventBill {
		return 0
	}
	return i.Account
}

// transferAccount is the account under which the entry of a transfer stands: 0 for that
// of a list.
func transferAccount(t Transfer) op.ID {
	if t.Amount > 0 {
		return 0
	}
	return t.Account
}

// letteringPage is an account: its open items and its allocations, to be made and
// undone.
func letteringPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	text := v.PathValue("id")
	rows, more, err := screen.Rows[AllocationRow](ctx, v, "ledger.allocation.list", lettersShown, "receivable_account", text)
	if err != nil {
		return ui.Page{}, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return ui.Page{}, fault.New(fault.NotFound, "ledger.item_none")
	}
	id := op.ID(n)
	number, err := v.Label(ctx, "account", id)
	if err != nil {
		return ui.Page{}, err
	}
	standing, err := standingPart(ctx, v, []op.ID{id})
	if err != nil {
		return ui.Page{}, err
	}
	items, err := openPanel(ctx, v, text)
	if err != nil {
		return ui.Page{}, err
	}
	allocations, err := allocationsPanel(ctx, v, id, rows)
	if err != nil {
		return ui.Page{}, err
	}
	body := g.Group{standing, items, allocations}
	if more {
		body = append(body, v.Notice(ui.Notice{
			Text: v.Say("page.ledger.lettering.more", "count", len(rows)), Links: v.Exports("ledger.allocation.list", "receivable_account", text),
		}))
	}
	return ui.Page{
		Title: v.Say("page.ledger.lettering"), Code: number, Back: v.RecordHref("account", id), Sub: g.Text(v.Say("page.ledger.lettering.sub")),
		Crumbs:  []ui.Link{{Label: v.Say("page.ledger.items"), Href: v.Href("/ledger/items")}, {Label: number, Code: true}},
		Actions: primary(v.Button("ledger.allocation.make", ui.IconLink, "receivable_account", text)), Body: body,
	}, nil
}

// lettersShown is how many allocations a page shows.
const lettersShown = 100

// openPanel are the items of an account of which something is left.
func openPanel(ctx context.Context, v *screen.View, account string) (g.Node, error) {
	if !v.May("ledger.item.list") {
		return nil, nil
	}
	rows, _, err := screen.Rows[ItemRow](ctx, v, "ledger.item.list", page.LimitMax, "receivable_account", account)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "items", Caption: v.Say("page.ledger.items"), Bare: true, Columns: []ui.Column{
		{Label: v.Say("field.document"), Kind: ui.CodeColumn},
		{Label: v.Say("field.kind")},
		{Label: v.Say("field.due_on"), Kind: ui.DateColumn},
		{Label: v.Say("field.amount"), Kind: ui.AmountColumn},
		{Label: v.Say("page.ledger.lettering.owed"), Kind: ui.AmountColumn},
		{Label: v.Say("field.credits"), Kind: ui.AmountColumn},
	}, Empty: &ui.Empty{Icon: ui.IconCheck, Title: v.Say("page.ledger.items_empty"), Text: v.Say("page.ledger.items_empty.text")}}
	var owed, credits money.Amount
	for _, r := range rows {
		debit, credit := sides(r.Left)
		owed, credits = owed+debit, credits+credit
		due := ui.Cell{Text: r.DueOn.French()}
		if r.Left > 0 && r.DueOn.Before(v.Today) {
			due.Sub, due.Tone = v.Say("page.ledger.late", "days", r.DueOn.DaysUntil(v.Today)), ui.Wrong
		}
		l.Rows = append(l.Rows, ui.Row{Href: itemHref(v, r.Account, r.ID), Cells: []ui.Cell{
			{Text: r.Document},
			{Text: v.Say("enum.ledger_item_kind." + string(r.Kind))},
			due,
			{Text: ui.MoneyExact(r.Amount)},
			{Text: ui.Money(debit)},
			{Text: ui.Money(credit)},
		}})
	}
	l.Totals = []ui.Cell{{Text: v.Say("field.total")}, {}, {}, {}, {Text: ui.Money(owed)}, {Text: ui.Money(credits)}}
	return v.Panel(ui.Panel{Title: l.Caption, Sub: v.Say("page.ledger.standing.sub", "count", len(rows)), Body: v.Env.List(l), Flush: true}), nil
}
