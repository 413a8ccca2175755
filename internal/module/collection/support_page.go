package collection

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// lotsPage lists the files of receipts that were taken in, with what is posted of each.
func lotsPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	actions := primaryOf(v.Button("collection.receipt.import", ui.IconImport))
	var nodes []g.Node
	l, err := v.List(ctx, "collection.lot.list", screen.ListOptions{
		Record: "none", Columns: []string{"label", "unit", "state", "receipts", "amount", "posted", "posted_amount", "session", "actor", "recorded_at"},
		Open: func(row any) string {
			var buttons []ui.Button
			if lot, ok := row.(Lot); ok && lot.State != LotPosted {
				buttons = named(v.Button("collection.lot.post", ui.IconPlay, "id", lot.Batch.String()), v.Say("page.collection.lot_post"))
			}
			nodes = append(nodes, linked(buttons))
			return ""
		},
		Empty: &ui.Empty{Icon: ui.IconImport, Title: v.Say("page.collection.lots_empty"), Text: v.Say("page.collection.lots_empty.text"), Actions: actions},
	})
	if err == nil && v.May("collection.lot.post") {
		extend(&l, v.Say("page.collection.actions"), nodes)
	}
	return ui.Page{Sub: g.Text(v.Say("page.collection.lots.sub")), Body: v.Env.List(l), Actions: actions}, err
}

// tendersPage lists the ways to pay, with their accounts and their stamp duty by date.
func tendersPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	var nodes []g.Node
	l, err := v.List(ctx, "collection.tender.list", screen.ListOptions{
		Record: "none", Columns: []string{
			"code", "label", "valid_from", "account", "bank_account", "settles", "stamp_rate", "accepted", "status",
		},
		Open: func(row any) string {
			var buttons []ui.Button
			if kind, ok := row.(TenderKind); ok {
				buttons = named(v.Button("collection.tender.update", ui.IconEdit, "code", kind.Code), v.Say("page.collection.tender_update"))
			}
			nodes = append(nodes, linked(buttons))
			return ""
		},
	})
	if err == nil && v.May("collection.tender.update") {
		extend(&l, v.Say("page.collection.actions"), nodes)
	}
	return ui.Page{Sub: g.Text(v.Say("page.collection.tenders.sub")), Body: v.Env.List(l), Actions: v.Button("collection.tender.add", ui.IconPlus)}, err
}
