package collection

import (
	"context"
	"net/url"

	g "maragu.dev/gomponents"

	"wasl/internal/kernel/page"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	opWaiting   = "collection.waiting.list"
	opAssign    = "collection.waiting.assign"
	opMoves     = "collection.move.list"
	opUndo      = "collection.move.undo"
	waitingPath = "/collection/waiting"
	movesPath   = "/collection/moves"
)

// waitingPage lists the money that waits, each with the way to the account it belongs to.
func waitingPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	var nodes []g.Node
	l, err := v.List(ctx, opWaiting, screen.ListOptions{
		Record: "none", Columns: []string{"received_on", "age_days", "receipt", "account_number", "payer", "reference", "unit", "amount", "left"},
		Open: func(row any) string {
			one, ok := row.(Waiting)
			if !ok {
				return ""
			}
			if one.Reserved {
				nodes = append(nodes, v.Badge(ui.Status{Label: v.Say("page.collection.waiting_reserved"), Tone: ui.Waits}))
			} else {
				nodes = append(nodes, linked(named(v.Button(opAssign, ui.IconSend, "from_account", one.Account.String(), "item", one.Item.String()),
					v.Say("page.collection.waiting_assign"))))
			}
			return v.RecordHref("receipt", one.Receipt)
		},
		Empty: &ui.Empty{Icon: ui.IconCash, Title: v.Say("page.collection.waiting_empty"), Text: v.Say("page.collection.waiting_empty.text")},
	})
	if err == nil && v.May(opAssign) {
		extend(&l, v.Say("page.collection.actions"), nodes)
	}
	var actions []ui.Button
	if v.May(opMoves) {
		actions = append(actions, ui.Button{Label: v.Say("page.collection.moves"), Icon: ui.IconHistory, Href: v.Href(movesPath)})
	}
	return ui.Page{Sub: g.Text(v.Say("page.collection.waiting.sub")), Body: v.Env.List(l), Actions: actions}, err
}

// waitingBeside is the money that waits, beside the form that brings it to an account.
func waitingBeside(ctx context.Context, v *screen.View, values url.Values) (g.Node, error) {
	rows, _, err := screen.Rows[Waiting](ctx, v, opWaiting, page.LimitMax, "receivable_account", values.Get("from_account"))
	if err != nil {
		return nil, err
	}
	for _, one := range rows {
		if one.Item.String() != values.Get("item") {
			continue
		}
		facts, err := v.Facts(ctx, opWaiting, one, "receipt", "received_on", "payer", "reference", "note", "unit")
		if err != nil {
			return nil, err
		}
		return v.Panel(ui.Panel{
			Title: v.Say("page.collection.waiting_one"),
			Body: g.Group{
				v.Env.Figures(v.Say("page.collection.waiting_one"), []ui.Figure{{
					Label: v.Say("field.left"), Value: ui.MoneyExact(one.Left), Unit: v.Say("unit.dh"),
					Sub: v.Say("page.collection.waiting_of", "amount", one.Amount, "count", one.Age),
				}}),
				v.Env.Facts(facts),
			},
		}), nil
	}
	return nil, nil
}

// movesPage lists what was brought to a customer's account; what stands may be undone.
func movesPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	var nodes []g.Node
	l, err := v.List(ctx, opMoves, screen.ListOptions{
		Record: "none", Columns: []string{"moved_on", "receipt", "from_account", "receivable_account", "amount", "reason", "actor", "state"},
		Open: func(row any) string {
			one, ok := row.(Move)
			if !ok {
				return ""
			}
			var buttons []ui.Button
			if one.State == Moved {
				buttons = named(v.Button(opUndo, ui.IconBan, "id", one.ID.String()), v.Say("page.collection.move_undo"))
			}
			nodes = append(nodes, linked(buttons))
			return v.RecordHref("receipt", one.Receipt)
		},
		Cell: func(column string, row any) *ui.Cell {
			one, ok := row.(Move)
			if !ok || column != "state" {
				return nil
			}
			status := &ui.Status{Label: v.Say("enum.collection_move_state." + string(one.State)), Tone: ui.Settled}
			if one.State == Undone {
				status.Tone, status.Icon = ui.Wrong, ui.IconBan
			}
			return &ui.Cell{Status: status}
		},
		Empty: &ui.Empty{Icon: ui.IconHistory, Title: v.Say("page.collection.moves_empty"), Text: v.Say("page.collection.moves_empty.text")},
	})
	if err == nil && v.May(opUndo) {
		extend(&l, v.Say("page.collection.actions"), nodes)
	}
	return ui.Page{Back: v.Href(waitingPath), Body: v.Env.List(l)}, err
}
