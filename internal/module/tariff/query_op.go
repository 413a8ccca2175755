package tariff

import (
	"context"
	"encoding/json"
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// Filter narrows the list of tariffs.
type Filter struct {
	Text    string   `json:"text" in:"max=80"`
	Nature  Nature   `json:"nature"`
	Service Service  `json:"service"`
	On      day.Date `json:"on"`
}

// Row is a tariff, or a table of VAT rates, with what holds on a date.
type Row struct {
	ID       op.ID   `json:"id"`
	Nature   Nature  `json:"nature"`
	Code     string  `json:"code"`
	Label    string  `json:"label"`
	Service  Service `json:"service"`
	Unit     string  `json:"measured_in"`
	Currency string  `json:"currency"`
	// Name is the version in force; empty when none is.
	Name      string   `json:"name"`
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	Status    Status   `json:"status"`
	// Versions counts those that are or were active, Drafts those that wait.
	Versions int64 `json:"versions"`
	Drafts   int64 `json:"drafts"`
}

// PageKey is the row's place in its list.
func (r Row) PageKey(string) []string { return []string{r.Code, string(r.Nature)} }

// VersionFilter narrows the list of versions.
type VersionFilter struct {
	Tariff string `json:"tariff" in:"max=64"`
	Nature Nature `json:"nature"`
	State  State  `json:"state"`
}

// ShowInput asks for one version.
type ShowInput struct {
	// Code is that of the tariff or of the table of rates.
	Code string `json:"code" in:"required,max=64"`
	// Name is the version; without it the one in force on the date, else the last draft.
	Name string `json:"name" in:"max=64"`
	// On is the date; today when absent.
	On day.Date `json:"on"`
}

// Card is a version with what it says.
type Card struct {
	VersionRow
	// EndsOn is the last day on which it holds, the next version counted; none while it
	// has no end or is not active.
	EndsOn day.Date `json:"ends_on"`
	// Data is the version as docs/tariff-format.md says, in JSON; YAML the same as text.
	Data json.RawMessage `json:"data"`
	YAML string          `json:"yaml"`
	// Handed is the file as it was handed in, comments included.
	Handed string `json:"handed"`
}

// CompareInput asks for the differences of two versions of a tariff.
type CompareInput struct {
	Code   string `json:"code" in:"required,max=64"`
	Before string `json:"before" in:"required,max=64"`
	After  string `json:"after" in:"required,max=64"`
}

// Difference is one thing two versions say differently.
type Difference struct {
	// Charge is its code; empty for the version itself.
	Charge string `json:"charge"`
	// Label is that of the charge.
	Label string `json:"label"`
	// Block is its number from 1; 0 for none.
	Block int64 `json:"block"`
	// Aspect is the key of the format: price, up_to, scale ...
	Aspect string `json:"aspect"`
	// Before and After are the values as files write them; empty for none.
	Before string `json:"before"`
	After  string `json:"after"`
}

// Compared is what a quantity costs under two versions.
type Compared struct {
	Quantity money.Quantity `json:"quantity"`
	Before   Cost           `json:"before"`
	After    Cost           `json:"after"`
	// Delta is after less before; absent when one of them has no price.
	Delta *money.Amount `json:"delta,omitempty"`
}

// Comparison is two versions side by side.
type Comparison struct {
	Code        string       `json:"code"`
	Before      VersionRow   `json:"before"`
	After       VersionRow   `json:"after"`
	Differences []Difference `json:"differences"`
	// Amounts are for a whole month, with the usual attributes and one tax date.
	Amounts []Compared `json:"amounts"`
	TaxDate day.Date   `json:"tax_date"`
	Unit    string     `json:"measured_in"`
}

func (m *Module) registerQueries(r *op.Registry) {
	op.RegisterList(r, op.Spec{Name: "tariff.list", Path: "/tariffs", Duties: duties()}, op.ListHandler[Filter, Row]{
		Sorts: []string{"code"},
		Rows:  func(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] { return listHeads(ctx, x, in) },
	})
	op.RegisterList(r, op.Spec{Name: "tariff.versions", Path: "/tariff/versions", Duties: duties()}, op.ListHandler[VersionFilter, VersionRow]{
		Sorts: []string{"tariff"},
		Rows: func(ctx context.Context, x *op.Exec, in VersionFilter) iter.Seq2[VersionRow, error] {
			return listVersions(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{
		Name: "tariff.show", Path: "/tariffs/{code}", Duties: duties(), Example: ShowInput{Code: "ma-elec-domestic"},
	}, op.GetHandler[ShowInput, Card]{Do: m.show})
	op.RegisterGet(r, op.Spec{
		Name: "tariff.compare", Path: "/tariffs/{code}/compare", Duties: duties(), Example: CompareInput{Code: "ma-elec-domestic", Before: "2014-08", After: "2027"},
	}, op.GetHandler[CompareInput, Comparison]{Do: m.compare})
}

// find gives the version meant by a code, a name and a date.
func find(ctx context.Context, x *op.Exec, code, name string, on day.Date) (*stored, error) {
	for _, nature := range []Nature{NatureTariff, NatureVAT} {
		all, err := versionsOf(ctx, x.R, nature, code)
		if err != nil {
			return nil, err
		}
		if s := pick(all, name, on); s != nil {
			return s, nil
		}
		if len(all) > 0 {
			return nil, fault.New(fault.NotFound, "tariff.version_unknown")
		}
	}
	return nil, fault.New(fault.NotFound, "tariff.unknown", "code", code)
}

// pick is the version of a name, or the active one on a date, or the last draft.
func pick(all []*stored, name string, on day.Date) (found *stored) {
	for _, s := range all {
		switch {
		case name != "" && s.Name == name:
			return s
		case name == "" && s.State == Active && !s.ValidFrom.After(on) && (s.ValidTo.IsZero() || on.Before(s.ValidTo)):
			found = s
		}
	}
	for i := len(all) - 1; i >= 0 && found == nil && name == ""; i-- {
		if all[i].State == Draft || i == 0 {
			found = all[i]
		}
	}
	return found
}

func (m *Module) show(ctx context.Context, x *op.Exec, in ShowInput) (Card, error) {
	on := in.On
	if on.IsZero() {
		on = x.Today
	}
	s, err := find(ctx, x, in.Code, in.Name, on)
	if err != nil {
		return Card{}, err
	}
	out := Card{VersionRow: s.VersionRow, YAML: s.content}
	if s.Nature == NatureTariff && s.State == Active {
		book, err := m.Book(ctx, x.R)
		if err != nil {
			return Card{}, err
		}
		out.EndsOn = book.lastDays()[[2]string{s.Tariff, s.Name}]
	}
	if out.Data, err = asJSON(s.content); err != nil {
		return Card{}, err
	}
	out.Handed, err = sourceOf(ctx, x.R, s.File)
	return out, err
}

// asJSON turns canonical text into JSON, key by key.
func asJSON(content string) (json.RawMessage, error) {
	var document any
	if err := yaml.Unmarshal([]byte(content), &document); err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "tariff.stored_unreadable", "label", "")
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return body, nil
}

func (m *Module) compare(ctx context.Context, x *op.Exec, in CompareInput) (Comparison, error) {
	all, err := versionsOf(ctx, x.R, NatureTariff, in.Code)
	if err != nil {
		return Comparison{}, err
	}
	if len(all) == 0 {
		return Comparison{}, fault.New(fault.NotFound, "tariff.unknown", "code", in.Code)
	}
	a, b := pick(all, in.Before, x.Today), pick(all, in.After, x.Today)
	if a == nil || b == nil {
		return Comparison{}, fault.New(fault.NotFound, "tariff.version_unknown")
	}
	before, err := a.parsed()
	if err != nil {
		return Comparison{}, err
	}
	after, err := b.parsed()
	if err != nil {
		return Comparison{}, err
	}
	out := Comparison{Code: in.Code, Before: a.VersionRow, After: b.VersionRow, Unit: after.Tariffs[0].Unit}
	out.Differences = differences(&before.Tariffs[0], &after.Tariffs[0])
	return out, m.amounts(ctx, x, &out, before, after)
}

// amounts prices typical quantities under both versions, each in a month of its own,
// with one tax date: what differs is the tariff, not the rate of tax.
func (m *Module) amounts(ctx context.Context, x *op.Exec, out *Comparison, before, after *File) error {
	tables, err := activeTables(ctx, x.R, nil)
	if err != nil {
		return err
	}
	tables.Name = taxFile
	alone := func(f *File) (*Book, *Tariff, *Version) {
		whole := &File{Name: f.Tariffs[0].Code, VAT: tables.VAT, Tariffs: f.Tariffs}
		book, problems := Compile(whole)
		if len(problems) > 0 { // a draft whose table of rates is not active yet
			return nil, &f.Tariffs[0], &f.Tariffs[0].Versions[0]
		}
		return book, &f.Tariffs[0], &f.Tariffs[0].Versions[0]
	}
	first, t1, v1 := alone(before)
	second, t2, v2 := alone(after)
	if first == nil || second == nil {
		return nil
	}
	out.TaxDate = sampleMonth(v2.From, v2.To).Last()
	for _, q := range typicalQuantities(v1, v2) {
		r1, r2 := usual(t1, sampleMonth(v1.From, v1.To), q), usual(t2, sampleMonth(v2.From, v2.To), q)
		r1.TaxDate, r2.TaxDate = out.TaxDate, out.TaxDate
		c := Compared{Quantity: q, Before: first.price(r1), After: second.price(r2)}
		if c.Before.Total != nil && c.After.Total != nil {
			delta := *c.After.Total - *c.Before.Total
			c.Delta = &delta
		}
		out.Amounts = append(out.Amounts, c)
	}
	return nil
}

// aspect is one thing a version says.
type aspect struct {
	charge, label string
	block         int64
	name, value   string
}

// differences lists what two versions say differently, charge by charge in the order
// of the later one; charges that are gone come last.
func differences(before, after *Tariff) []Difference {
	a, b := aspects(before), aspects(after)
	var out []Difference
	same := func(x aspect) func(aspect) bool {
		return func(y aspect) bool { return x.charge == y.charge && x.block == y.block && x.name == y.name }
	}
	for _, x := range b {
		was := ""
		if at := slices.IndexFunc(a, same(x)); at >= 0 {
			was = a[at].value
		}
		if was != x.value {
			out = append(out, Difference{x.charge, x.label, x.block, x.name, was, x.value})
		}
	}
	for _, x := range a {
		if !slices.ContainsFunc(b, same(x)) {
			out = append(out, Difference{x.charge, x.label, x.block, x.name, x.value, ""})
		}
	}
	return out
}
