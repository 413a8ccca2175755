package collection

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/op"
)

// Paper is what a receipt is printed on.
type Paper string

// The papers. A ticket is a roll 80 mm wide.
const (
	PaperA4     Paper = "a4"
	PaperA5     Paper = "a5"
	PaperTicket Paper = "ticket"
)

// EnumName is the prefix of the texts.
func (Paper) EnumName() string { return "collection_paper" }

// EnumValues are the papers.
func (Paper) EnumValues() []string {
	return []string{string(PaperA4), string(PaperA5), string(PaperTicket)}
}

// orElse is the paper, or another one when none is said.
func (p Paper) orElse(other Paper) Paper {
	if p == "" {
		return other
	}
	return p
}

// format is the size of the page; of a ticket the height follows from what it says.
func (p Paper) format() doc.Format {
	switch p {
	case PaperA4:
		return doc.A4()
	case PaperTicket:
		return doc.Format{Width: ticketWidth, Height: ticketHeightMax}
	}
	return doc.A5()
}

// originalFor is how long whoever had a receipt printed may fetch its original: a printer
// out of paper is no duplicate.
const originalFor = 10 * time.Minute

// mediaPDF is the type of printed receipts and statements.
const mediaPDF = "application/pdf"

// Print is the input of a receipt to be printed.
type Print struct {
	ID op.ID `json:"id" in:"required,ref=collection.receipt.list"`
	// Paper is that of the desk unless said.
	Paper Paper `json:"paper"`
}

// Printed is the answer: which copy it is. collection.receipt.paper gives the file.
type Printed struct {
	ID     op.ID  `json:"id"`
	Number string `json:"number"`
	// Copy counts the prints of the receipt; the first is the original.
	Copy      int64 `json:"copy"`
	Paper     Paper `json:"paper"`
	Duplicate bool  `json:"duplicate"`
}

// PaperAsk asks for a receipt that was printed.
type PaperAsk struct {
	ID op.ID `json:"id" in:"required,ref=collection.receipt.list"`
	// Paper is that of the last print unless said.
	Paper Paper `json:"paper"`
}

// printing is a row of the prints of a receipt.
type printing struct {
	copy  int64
	paper Paper
	actor op.ID
	at    time.Time
}

// original says whether somebody may have the unmarked paper now.
func (p *printing) original(who int64, now time.Time) bool {
	return p.copy == 1 && p.actor == op.ID(who) && now.Sub(p.at) <= originalFor
}

func (m *Module) registerPrint(r *op.Registry) {
	unitOf := func(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
		row, err := findReceipt(ctx, x.R, id)
		return unitTarget(row.Unit), err
	}
	op.RegisterCommand(r, op.Spec{Name: "collection.receipt.print", Path: "/collection/receipts/{id}/prints", Duties: duties()}, op.CommandHandler[Print, Printed]{
		Locks:   func(in Print) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in Print) ([]op.Target, error) { return unitOf(ctx, x, in.ID) },
		Do:      notePrint,
	})
	op.RegisterGet(r, op.Spec{Name: "collection.receipt.paper", Path: "/collection/receipts/{id}/paper", Duties: duties()}, op.GetHandler[PaperAsk, op.Document]{
		Targets: func(ctx context.Context, x *op.Exec, in PaperAsk) ([]op.Target, error) { return unitOf(ctx, x, in.ID) },
		Do:      m.receiptPaper,
	})
}

// printEffect is what the audit keeps of a print.
type printEffect struct {
	Copy      int64 `json:"copy"`
	Paper     Paper `json:"paper"`
	Duplicate bool  `json:"duplicate"`
}

// notePrint writes down that a receipt is given on paper, before it is.
func notePrint(ctx context.Context, x *op.Exec, in Print) (Printed, error) {
	r, err := findReceipt(ctx, x.Tx, in.ID)
	if err != nil {
		return Printed{}, err
	}
	s, err := findSession(ctx, x.Tx, r.Session)
	if err != nil {
		return Printed{}, err
	}
	last, err := lastPrint(ctx, x.Tx, r.ID)
	if err != nil {
		return Printed{}, err
	}
	return note(ctx, x, &r, last, in.Paper.orElse(s.Paper))
}

// note writes the print that follows the last one.
func note(ctx context.Context, x *op.Exec, r *Receipt, last printing, paper Paper) (Printed, error) {
	next := printing{last.copy + 1, paper, op.ID(x.Actor.UserID), x.Now}
	if err := insertPrint(ctx, x.Tx, r.ID, &next); err != nil {
		return Printed{}, err
	}
	effect := printEffect{next.copy, next.paper, next.copy > 1}
	return Printed{r.ID, r.Number, effect.Copy, effect.Paper, effect.Duplicate}, x.Change("receipt", int64(r.ID), r.Number, nil, effect)
}

// receiptPaper gives a receipt as PDF. Whoever has just had it printed for the first time
// gets the original, everybody else a duplicate. Precondition "collection.not_printed"
// when no print of it was written down.
func (m *Module) receiptPaper(ctx context.Context, x *op.Exec, in PaperAsk) (op.Document, error) {
	last, err := lastPrint(ctx, x.R, in.ID)
	if err != nil {
		return op.Document{}, err
	}
	if last.copy == 0 {
		return op.Document{}, fault.New(fault.Precondition, "collection.not_printed")
	}
	s, err := m.receiptSheet(ctx, x, in.ID)
	if err != nil {
		return op.Document{}, err
	}
	s.duplicate = !last.original(x.Actor.UserID, x.Now)
	body, err := m.printReceipt(s, in.Paper.orElse(last.paper))
	return op.NewDocument(s.card.Number+".pdf", mediaPDF, body), err
}
