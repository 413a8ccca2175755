package collection

import (
	"context"

	g "maragu.dev/gomponents"

	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Payer is somebody who may pay at the desk, as a search finds him.
type Payer struct {
	// Kind is what was found: the kind of a record.
	Kind string
	// Code is that of what was found, Label the name of the customer, Sub where it is.
	Code, Label, Sub string
	// Customer pays all that is owed by him; 0 for an account without one.
	Customer op.ID
	// Account is the one that was found; 0 is all those of the customer.
	Account op.ID
	// Bill is the number of the one bill that was found, Item what it left in the ledger.
	Bill string
	Item op.ID
}

// Finder finds who pays by anything a cashier would type or scan: a name, the number of
// a contract, of a bill or of a meter, the code of a payment slip, a phone, an identity
// card. It sees what the
// person behind the view may see. app fills it: it asks several modules.
type Finder func(ctx context.Context, v *screen.View, text string) ([]Payer, error)

// Screens are the pages of the desk (AG-18, AG-19, AG-24).
func (m *Module) Screens() []screen.Screen {
	page := func(menu int, path, title, right string, render func(context.Context, *screen.View) (ui.Page, error)) screen.Screen {
		return screen.Screen{Path: path, Place: screen.Collection, Title: title, Menu: menu, Right: right, Render: render}
	}
	counter := page(1, counterPath, "page.collection.counter", opTake, m.counterPage)
	counter.Does, counter.After, counter.Input = opTake, opTake, takeInput
	receipt := page(0, "/collection/receipts/{id}", "page.collection.receipt", opReceipt, receiptPage)
	receipt.Record = "receipt"
	session := page(0, "/collection/sessions/{id}", "page.collection.session", opSession, sessionPage)
	session.Record, session.Does, session.Input = "cash_session", opClose, closeInput
	return []screen.Screen{
		counter,
		page(2, "/collection/receipts", "page.collection.receipts", "collection.receipt.list", receiptsPage), receipt,
		page(3, "/collection/sessions", "page.collection.sessions", "collection.session.list", sessionsPage), session,
		page(4, chequesPath, "page.collection.cheques", opCheques, chequesPage),
		page(0, depositPath, "page.collection.deposit", opDeposit, depositPage),
		page(5, waitingPath, "page.collection.waiting", opWaiting, waitingPage),
		page(0, movesPath, "page.collection.moves", opMoves, movesPage),
		page(6, "/collection/lots", "op.collection.lot.list", "collection.lot.list", lotsPage),
		page(7, "/collection/tenders", "op.collection.tender.list", "collection.tender.list", tendersPage),
		page(0, "/collection/statements/{account}", "page.collection.statement", opStatement, statementPage),
	}
}

// The operations of the pages, and the address of the desk.
const (
	opTake      = "collection.receipt.take"
	opReceipt   = "collection.receipt.get"
	opSession   = "collection.session.get"
	opOpen      = "collection.session.open"
	opClose     = "collection.session.close"
	opPrint     = "collection.receipt.print"
	opPaper     = "collection.receipt.paper"
	counterPath = "/collection/counter"
)

// typed is what was typed into a field of the page's form before it was refused.
func typed(v *screen.View, name string) string {
	if v.Posted == nil {
		return ""
	}
	return v.Posted.Values.Get(name)
}

// output is a figure that follows from what is typed.
func output(parts ...g.Node) g.Node { return g.El("output", parts...) }

// keyOf is the key of the page's form: kept when it comes back.
func keyOf(v *screen.View) string {
	if v.Posted != nil && v.Posted.Key != "" {
		return v.Posted.Key
	}
	return v.Key()
}

// refusals are why the page's form was refused, in words.
func refusals(v *screen.View) []string {
	if v.Posted == nil {
		return nil
	}
	var out []string
	if v.Posted.Message != "" {
		out = append(out, v.Posted.Message)
	}
	for _, message := range v.Posted.Faults {
		out = append(out, message)
	}
	return out
}
