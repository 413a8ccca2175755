package billing

import (
	"context"
	"encoding/base64"
	"iter"
	"strconv"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/op"
)

// BillFilter narrows the list of bills.
type BillFilter struct {
	Run     op.ID `json:"run" in:"ref=billing.run.list"`
	Account op.ID `json:"account"`
	// Accounts are several receivable accounts; none is all.
	Accounts []op.ID  `json:"accounts"`
	Number   string   `json:"number" in:"max=60"`
	Kind     BillKind `json:"kind"`
}

// BillRef names a bill.
type BillRef struct {
	Account op.ID `json:"account" in:"required"`
	ID      op.ID `json:"id" in:"required"`
}

// BillLine is one line of a bill.
type BillLine struct {
	Code  string `json:"code"`
	Label string `json:"label"`
	// Quantity and Price are absent from a line that is only an amount.
	Quantity *money.Quantity `json:"quantity,omitempty"`
	Price    *money.Price    `json:"price,omitempty"`
	Amount   money.Amount    `json:"amount"`
	Rate     money.Rate      `json:"rate"`
	Exempt   bool            `json:"exempt,omitempty"`
	// Charge is the code of the charge; Block counts its blocks from 1, 0 for a charge
	// without.
	Charge string `json:"charge"`
	Block  int    `json:"block"`
	// Above and UpTo are the bounds of the block as they were for this period; absent when
	// the tariff in force no longer gives what was billed, and UpTo for the last block.
	Above *money.Quantity `json:"above,omitempty"`
	UpTo  *money.Quantity `json:"up_to,omitempty"`
	// Whole says that the whole quantity is at the price of the block reached.
	Whole bool `json:"whole,omitempty"`

	part int
}

// BillTax is what a bill prints for one rate.
type BillTax struct {
	Code   string       `json:"code"`
	Rate   money.Rate   `json:"rate"`
	Base   money.Amount `json:"base"`
	Amount money.Amount `json:"amount"`
}

// BillCard is all there is to know of a bill.
type BillCard struct {
	Bill
	BillParty
	Lines []BillLine `json:"lines"`
	Taxes []BillTax  `json:"taxes"`
	// Basis says whether the lines hold tax; Measure is the unit of the quantity.
	Basis   tariff.Basis `json:"basis"`
	Measure string       `json:"measure"`
	// Readings are the indexes the quantity comes from; none when it came without.
	Readings []BillReading `json:"readings"`
	// History is what was consumed in the months up to this bill's, the earliest first.
	History []MonthQuantity `json:"history"`
	// Before is what the account came to when the bill was posted, without it: above zero
	// is owed.
	Before money.Amount `json:"before"`
	// Tariff and Versions are what it was computed with.
	Tariff   string              `json:"tariff"`
	Versions []tariff.VersionRef `json:"versions"`
	// CancelledBy is its credit note; 0 is none.
	CancelledBy op.ID `json:"cancelled_by"`
	// Reason is why a credit note was made.
	Reason string `json:"reason"`
}

// ExplainAsk names a bill by its number.
type ExplainAsk struct {
	Number string `json:"number" in:"required,max=60"`
}

// Explained is how a bill came about.
type Explained struct {
	Number    string       `json:"number"`
	Total     money.Amount `json:"total"`
	Sentences []string     `json:"sentences"`
	// Explanation is the same as data.
	Explanation tariff.Explanation `json:"explanation"`
}

func (m *Module) registerBills(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "billing.bill.list", Path: "/billing/bills", Duties: duties()}, op.ListHandler[BillFilter, Bill]{
		Sorts: []string{"-issued"},
		Rows: func(ctx context.Context, x *op.Exec, in BillFilter) iter.Seq2[Bill, error] {
			return listBills(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "billing.bill.show", Path: "/billing/bills/{account}/{id}", Duties: duties()}, op.GetHandler[BillRef, BillCard]{
		Targets: func(ctx context.Context, x *op.Exec, in BillRef) ([]op.Target, error) {
			b, err := findBill(ctx, x.R, in)
			return unitTarget(b.Unit), err
		},
		Do: m.showBill,
	})
	op.RegisterGet(r, op.Spec{Name: "billing.explain", Path: "/billing/explanations/{number}", Duties: duties()}, op.GetHandler[ExplainAsk, Explained]{
		Targets: func(ctx context.Context, x *op.Exec, in ExplainAsk) ([]op.Target, error) {
			b, err := billByNumber(ctx, x.R, in.Number)
			return unitTarget(b.Unit), err
		},
		Do: m.explain,
	})
}

func (m *Module) showBill(ctx context.Context, x *op.Exec, in BillRef) (BillCard, error) {
	b, err := findBill(ctx, x.R, in)
	if err != nil {
		return BillCard{}, err
	}
	sheets, err := m.sheets(ctx, x.R, []Bill{b}, pageMonths)
	if err != nil {
		return BillCard{}, err
	}
	card := sheets[0].card
	card.CancelledBy, err = cancelledBy(ctx, x.R, &b)
	return card, err
}

// linesOf reads the lines of a bill, names them by the versions it was computed with,
// and says which those are of the ones its run knew.
func linesOf(book *tariff.Book, b *Bill, known []tariff.VersionRef) ([]BillLine, []tariff.VersionRef, error) {
	raw, err := base64.RawStdEncoding.DecodeString(b.document)
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Internal, "billing.document")
	}
	doc, err := tariff.DecodeDocument(raw)
	if err != nil {
		return nil, nil, err
	}
	versions, refs := make([]*tariff.Version, len(doc.Parts)), []tariff.VersionRef{}
	for i, p := range doc.Parts {
		for _, ref := range known {
			if uint64(ref.ID) == p.Version {
				refs = append(refs, ref)
				versions[i] = versionNamed(book.Tariff(b.tariff), ref.Name)
			}
		}
	}
	var out []BillLine
	for _, l := range doc.Lines {
		line := BillLine{Amount: l.Amount, Rate: l.Rate, Exempt: l.Exempt, Block: l.Block, part: l.Part}
		if l.Part < len(versions) && versions[l.Part] != nil {
			v := versions[l.Part]
			line.Code, line.Label, _ = v.LineName(l.Charge, l.Block)
			line.Charge, _, _ = v.LineName(l.Charge, 0)
		}
		if l.Measured {
			quantity, price := l.Quantity, l.Price
			line.Quantity, line.Price = &quantity, &price
		}
		out = append(out, line)
	}
	return out, refs, nil
}

// versionNamed finds a version of a tariff by its name, the code of the tariff before
// that of the version; nil when it is no longer there.
func versionNamed(t *tariff.Tariff, name string) *tariff.Version {
	if t == nil {
		return nil
	}
	code := strings.TrimPrefix(name, t.Code+" ")
	for i := range t.Versions {
		if t.Versions[i].Code == code {
			return &t.Versions[i]
		}
	}
	return nil
}

// taxesOf reads the stored rates; taxesText wrote them.
func taxesOf(text string) []BillTax {
	var out []BillTax
	for row := range strings.SplitSeq(text, ";") {
		cells := strings.Fields(row)
		if len(cells) != 4 {
			continue
		}
		var numbers [3]int64
		for i := range numbers {
			numbers[i], _ = strconv.ParseInt(cells[i+1], 10, 64)
		}
		out = append(out, BillTax{cells[0], money.Rate(numbers[0]), money.Amount(numbers[1]), money.Amount(numbers[2])})
	}
	return out
}

// explain prices a bill again and tells each step. Conflict "billing.explain_changed"
// when the tariff no longer gives what was billed: the bill stands, its tariff moved.
func (m *Module) explain(ctx context.Context, x *op.Exec, in ExplainAsk) (Explained, error) {
	b, err := billByNumber(ctx, x.R, in.Number)
	if err != nil {
		return Explained{}, err
	}
	book, err := m.tariffs.Book(ctx, x.R)
	if err != nil {
		return Explained{}, err
	}
	r := b.requestOf(book.Tariff(b.tariff))
	q, err := book.Quote(r)
	if err != nil {
		return Explained{}, err
	}
	if q.Total != b.Total && q.Total != -b.Total {
		return Explained{}, fault.New(fault.Conflict, "billing.explain_changed", "number", b.Number)
	}
	told, err := book.Explain(&r, &q)
	if err != nil {
		return Explained{}, err
	}
	out := Explained{Number: b.Number, Total: b.Total, Explanation: told}
	if m.words != nil {
		out.Sentences = told.Sentences(m.words)
	}
	return out, nil
}
