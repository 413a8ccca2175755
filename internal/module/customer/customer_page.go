package customer

import (
	"context"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

const (
	// contractsShown is the most contracts on the page of a customer; the list has all.
	contractsShown = 20
	// accountsMax is how many contracts the figures of a customer are added up of; with
	// more they are read by contract.
	accountsMax = 50
)

// arabic is a text in Arabic letters, whatever surrounds it.
func arabic(text string) g.Node { return h.Span(h.Lang("ar"), h.Dir("rtl"), g.Text(text)) }

// customerPage is a customer at a glance: who, where, on what terms, what happened.
func customerPage(ctx context.Context, v *screen.View) (ui.Page, error) {
	card, err := screen.Fetch[Card](ctx, v, "customer.customer.show", "id", v.PathValue("id"))
	if err != nil {
		return ui.Page{}, err
	}
	held, err := contractsHeld(ctx, v, card)
	if err != nil {
		return ui.Page{}, err
	}
	head, err := v.PartsIn(ctx, screen.Head, kindAccount, held.accounts...)
	if err != nil {
		return ui.Page{}, err
	}
	origin, first, err := intake.Origin(ctx, v, card.BatchID)
	if err != nil {
		return ui.Page{}, err
	}
	left, err := customerLeft(ctx, v, card, held, first)
	if err != nil {
		return ui.Page{}, err
	}
	right, err := customerRight(ctx, v, card, held, origin)
	if err != nil {
		return ui.Page{}, err
	}
	sub := g.Group{g.Text(v.Say("enum.nature." + string(card.Nature)))}
	if card.NameAr != "" {
		sub = append(sub, g.Text(" · "), arabic(card.NameAr))
	}
	return ui.Page{
		Title: card.Name, Code: card.Code, Sub: sub, Back: v.Href("/customers"), Actions: customerActions(v, card),
		Crumbs: []ui.Link{{Label: v.Say("page.customer.customers"), Href: v.Href("/customers")}, {Label: card.Code, Code: true}},
		Body:   g.Group{notices(v, card.Notices), held.notice(v), head, v.Columns("8-4", left, right)},
	}, nil
}

func customerActions(v *screen.View, card Card) []ui.Button {
	id := card.ID.String()
	all := v.Button("customer.customer.update", ui.IconEdit, "id", id)
	all = append(all, v.Button("customer.customer.nature_set", ui.IconCalendar, "id", id)...)
	all = append(all, v.Button("customer.customer.parent_set", ui.IconTree, "id", id)...)
	return append(all, primary(v.Button("customer.contract.open", ui.IconPlus, "customer", id))...)
}

// notices are what should be looked at.
func notices(v *screen.View, all []Notice) g.Node {
	nodes := g.Group{}
	for _, n := range all {
		key := "customer.notice." + string(n)
		nodes = append(nodes, v.Notice(ui.Notice{Tone: ui.Waits, Title: v.Say(key), Text: v.Say(key + ".text")}))
	}
	return nodes
}

// holding are the contracts of a customer that the person may see, with what other
// modules know them by; no accounts and points when there are too many to add up.
type holding struct {
	rows             []ContractRow
	more, many       bool
	accounts, points []op.ID
}

func contractsHeld(ctx context.Context, v *screen.View, card Card) (holding, error) {
	var h holding
	if !v.May("customer.contract.list") {
		return h, nil
	}
	rows, many, err := screen.Rows[ContractRow](ctx, v, "customer.contract.list", accountsMax, "customer", card.ID.String())
	if err != nil {
		return h, err
	}
	h.rows, h.more, h.many = rows[:min(len(rows), contractsShown)], len(rows) > contractsShown, many
	if many {
		return h, nil
	}
	for _, r := range rows {
		h.accounts = append(h.accounts, r.Account)
		if !slices.Contains(h.points, r.PointID) {
			h.points = append(h.points, r.PointID)
		}
	}
	return h, nil
}

// notice says why there are no figures.
func (h holding) notice(v *screen.View) g.Node {
	if !h.many {
		return nil
	}
	return v.Notice(ui.Notice{Tone: ui.Action, Title: v.Say("page.customer.many", "count", accountsMax), Text: v.Say("page.customer.many.text")})
}

// customerLeft are the contracts, what other modules show, what happened.
func customerLeft(ctx context.Context, v *screen.View, card Card, held holding, first []ui.Event) (g.Node, error) {
	nodes := g.Group{contractsOf(v, card, held)}
	for _, about := range []struct {
		kind string
		ids  []op.ID
	}{{kindCustomer, []op.ID{card.ID}}, {kindAccount, held.accounts}, {kindServicePoint, held.points}} {
		parts, err := v.PartsIn(ctx, screen.Main, about.kind, about.ids...)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, parts)
	}
	below, err := belowOf(ctx, v, card)
	if err != nil {
		return nil, err
	}
	people, err := natureLine(ctx, v, card)
	if err != nil {
		return nil, err
	}
	history, err := v.History(ctx, kindCustomer, card.ID, first...)
	return append(nodes, below, people, history), err
}

// contractsOf lists the contracts of a customer that the person may see.
func contractsOf(v *screen.View, card Card, held holding) g.Node {
	if !v.May("customer.contract.list") {
		return nil
	}
	l := ui.List{ID: "contracts", Tall: true, Columns: []ui.Column{
		{Label: v.Say("page.customer.contract"), Kind: ui.CodeColumn},
		{Label: v.Say("field.service")},
		{Label: v.Say("page.customer.where")},
		{Label: v.Say("field.category")},
		{Label: v.Say("field.starts_on"), Kind: ui.DateColumn},
		{Label: v.Say("page.customer.last_day"), Kind: ui.DateColumn},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}, Empty: &ui.Empty{
		Icon: ui.IconFile, Title: v.Say("page.customer.no_contract"), Text: v.Say("page.customer.no_contract.text"),
		Actions: v.Button("customer.contract.open", ui.IconPlus, "customer", card.ID.String()),
	}}
	for _, r := range held.rows {
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref(kindContract, r.ID), Cells: []ui.Cell{
			{Text: r.Code},
			{Text: v.Say("enum.service." + string(r.Service))},
			{Text: r.Address, Sub: r.Locality},
			{Text: r.Category, Sub: useWord(v, r.VATUse)},
			{Text: r.StartsOn.French()},
			{Text: lastDay(r.EndsOn)},
			{Status: stateBadge(v, r.State)},
		}})
	}
	var links []ui.Link
	if held.more {
		links = append(links, ui.Link{Label: v.Say("page.customer.all_contracts"), Href: v.Href("/contracts", "customer", card.ID.String())})
	}
	return listPanel(v, v.Say("page.customer.contracts"), "", l, links...)
}

func useWord(v *screen.View, use VATUse) string {
	if use == "" {
		return ""
	}
	return v.Say("page.customer.use." + string(use))
}

// belowOf lists who stands under a customer today.
func belowOf(ctx context.Context, v *screen.View, card Card) (g.Node, error) {
	if card.Children == 0 || !v.May("customer.customer.list") {
		return nil, nil
	}
	rows, more, err := screen.Rows[Row](ctx, v, "customer.customer.list", contractsShown, "parent", card.ID.String())
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "below", Columns: []ui.Column{
		{Label: v.Say("field.code"), Kind: ui.CodeColumn}, {Label: v.Say("field.name")}, {Label: v.Say("field.nature")}, {Label: v.Say("field.city")},
	}}
	for _, r := range rows {
		l.Rows = append(l.Rows, ui.Row{Href: v.RecordHref(kindCustomer, r.ID), Cells: []ui.Cell{
			{Text: r.Code}, {Text: r.Name}, {Text: v.Say("enum.nature." + string(r.Nature))}, {Text: r.City},
		}})
	}
	var links []ui.Link
	if more {
		links = append(links, ui.Link{Label: v.Say("page.customer.all_below"), Href: v.Href("/customers", "parent", card.ID.String())})
	}
	return listPanel(v, v.Say("page.customer.below"), v.Say("page.customer.below.sub", "count", card.Children), l, links...), nil
}

// natureLine are the legal natures and the places under others, in time; one nature
// that always held says nothing.
func natureLine(ctx context.Context, v *screen.View, card Card) (g.Node, error) {
	if len(card.Natures) <= 1 && len(card.Parents) == 0 {
		return nil, nil
	}
	var actors, above []op.ID
	for _, s := range card.Natures {
		actors = append(actors, s.ActorID)
	}
	for _, s := range card.Parents {
		actors, above = append(actors, s.ActorID), append(above, s.ParentID)
	}
	people, err := v.Labels(ctx, "user", actors)
	if err != nil {
		return nil, err
	}
	names, err := v.Labels(ctx, kindCustomer, above)
	if err != nil {
		return nil, err
	}
	l := ui.List{ID: "natures", Tall: true, Columns: []ui.Column{
		{Label: v.Say("page.customer.what")},
		{Label: v.Say("field.valid_from"), Kind: ui.DateColumn},
		{Label: v.Say("page.customer.last_day"), Kind: ui.DateColumn},
		{Label: v.Say("field.reason")},
		{Label: v.Say("field.state"), Kind: ui.StatusColumn},
	}}
	for _, s := range card.Natures {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.Say("enum.nature." + string(s.Nature)), Sub: v.Say("field.nature")},
			{Text: s.ValidFrom.French()},
			{Text: lastDay(s.ValidTo)},
			{Text: s.Reason, Sub: people[s.ActorID]},
			{Status: standing(v, s.ValidFrom, s.ValidTo)},
		}})
	}
	for _, s := range card.Parents {
		l.Rows = append(l.Rows, ui.Row{Cells: []ui.Cell{
			{Text: names[s.ParentID], Sub: v.Say("page.customer.under"), Href: v.RecordHref(kindCustomer, s.ParentID)},
			{Text: s.ValidFrom.French()},
			{Text: lastDay(s.ValidTo)},
			{Text: s.Reason, Sub: people[s.ActorID]},
			{Status: standing(v, s.ValidFrom, s.ValidTo)},
		}})
	}
	return listPanel(v, v.Say("page.customer.in_time"), "", l), nil
}

// customerRight is who the customer is and how to reach it.
func customerRight(ctx context.Context, v *screen.View, card Card, held holding, origin []ui.Fact) (g.Node, error) {
	reach, err := v.Facts(ctx, "customer.customer.show", card, "phone", "email", "address", "city", "language", "unit")
	if err != nil {
		return nil, err
	}
	who, err := v.Facts(ctx, "customer.customer.show", card, "nature", "parent", "cin", "ice", "tax_id")
	if err != nil {
		return nil, err
	}
	if card.RIB != "" {
		who = append(who, ui.Fact{Label: v.Say("field.rib"), Value: spacedRIB(card.RIB), Code: true},
			ui.Fact{Label: v.Say("page.customer.bank"), Value: bankOf(card.RIB)})
	}
	who = append(who, origin...)
	side, err := sideParts(ctx, v, card.ID, held)
	if err != nil {
		return nil, err
	}
	nodes := g.Group{
		v.Panel(ui.Panel{Title: v.Say("page.customer.reach"), Body: v.Env.Facts(reach)}),
		v.Panel(ui.Panel{Title: v.Say("page.customer.identity"), Body: v.Env.Facts(who)}),
	}
	if card.PublicDebtor != (PublicDebtor{}) || card.Nature.Public() {
		budget, err := v.Facts(ctx, "customer.customer.show", card, "ministry", "authorising_officer", "public_accountant", "budget_line")
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, v.Panel(ui.Panel{Title: v.Say("page.customer.public"), Body: v.Env.Facts(budget)}))
	}
	return append(nodes, side), nil
}

// sideParts are what other modules show beside a customer.
func sideParts(ctx context.Context, v *screen.View, id op.ID, held holding) (g.Node, error) {
	own, err := v.PartsIn(ctx, screen.Side, kindCustomer, id)
	if err != nil {
		return nil, err
	}
	accounts, err := v.PartsIn(ctx, screen.Side, kindAccount, held.accounts...)
	return g.Group{own, accounts}, err
}

// spacedRIB cuts a RIB into its bank, town, account and key.
func spacedRIB(rib string) string {
	if len(rib) != ribLength {
		return rib
	}
	return rib[:3] + " " + rib[3:6] + " " + rib[6:22] + " " + rib[22:]
}
