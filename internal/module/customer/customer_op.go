package customer

import (
	"context"
	"iter"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Filter narrows the list of customers.
type Filter struct {
	// Text is anything a clerk would type: parts of the name, code, phone, CIN, ICE.
	Text   string `json:"text" in:"max=80,personal"`
	Nature Nature `json:"nature"`
	// Parent keeps those who stand directly under a customer today.
	Parent op.ID `json:"parent" in:"ref=customer.customer.list"`
}

// Row is a customer in the list: what tells customers apart, without what a list does
// not need to show (RIB, address, mail).
type Row struct {
	ID     op.ID  `json:"id"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameAr string `json:"name_ar"`
	// Nature is the legal nature of today.
	Nature Nature `json:"nature"`
	CIN    string `json:"cin"`
	ICE    string `json:"ice"`
	Phone  string `json:"phone"`
	City   string `json:"city"`
	UnitID op.ID  `json:"unit" out:"ref=unit"`

	folded string
}

// PageKey is the row's place in its list.
func (r Row) PageKey(sort string) []string {
	if sort == "name" {
		return []string{r.folded, r.ID.String()}
	}
	return []string{r.Code, r.ID.String()}
}

// Ref points at a customer.
type Ref struct {
	ID op.ID `json:"id" in:"required,ref=customer.customer.list"`
}

// NatureSpan is a legal nature in time.
type NatureSpan struct {
	Nature Nature `json:"nature"`
	// ValidFrom is the first day, ValidTo the day after the last; none is for ever.
	ValidFrom  day.Date  `json:"valid_from"`
	ValidTo    day.Date  `json:"valid_to"`
	Reason     string    `json:"reason"`
	ActorID    op.ID     `json:"actor"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
}

// ParentSpan is a place under another customer in time.
type ParentSpan struct {
	ParentID   op.ID     `json:"customer" out:"ref=customer"`
	ValidFrom  day.Date  `json:"valid_from"`
	ValidTo    day.Date  `json:"valid_to"`
	Reason     string    `json:"reason"`
	ActorID    op.ID     `json:"actor"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
}

// Card is all there is to know of a customer by itself.
type Card struct {
	Customer
	// Nature is the legal nature of today.
	Nature  Nature       `json:"nature"`
	Natures []NatureSpan `json:"natures"`
	// ParentID is the customer above it today; 0 for none.
	ParentID op.ID        `json:"parent" out:"ref=customer"`
	Parents  []ParentSpan `json:"parents"`
	// Children is the number of customers directly under it today.
	Children int64 `json:"children"`
	// Notices are what should be looked at, and hinders nothing.
	Notices []Notice `json:"notices"`
}

// Notice is something worth a look that hinders nothing: the key of a text.
type Notice string

// The notices.
const (
	// BankUnknown: the first three digits of the RIB are those of no known bank.
	BankUnknown Notice = "bank_unknown"
	// CINTwice: another customer has the same identity card.
	CINTwice Notice = "cin_twice"
	// ICETwice: another customer has the same ICE.
	ICETwice Notice = "ice_twice"
	// PublicIncomplete: a public debtor came by an import without its budget.
	PublicIncomplete Notice = "public_incomplete"
)

// Add is the input of adding a customer.
type Add struct {
	Unit   op.ID  `json:"unit" in:"required,ref=org.unit.list"`
	Name   string `json:"name" in:"required,min=2,max=120,personal"`
	NameAr string `json:"name_ar" in:"max=120,personal"`
	Nature Nature `json:"nature" in:"required"`
	// Since is the first day of the nature; none is today.
	Since    day.Date `json:"since"`
	CIN      string   `json:"cin" in:"max=12,personal"`
	ICE      string   `json:"ice" in:"max=20"`
	TaxID    string   `json:"tax_id" in:"pattern=digits,max=20"`
	Phone    string   `json:"phone" in:"pattern=phone,personal"`
	Email    string   `json:"email" in:"pattern=email,max=120,personal"`
	Address  string   `json:"address" in:"max=200,lines,personal"`
	City     string   `json:"city" in:"max=60"`
	Language Language `json:"language"`
	RIB      string   `json:"rib" in:"max=40,personal"`
	// What is due from a public budget.
	Ministry           string `json:"ministry" in:"max=120"`
	AuthorisingOfficer string `json:"authorising_officer" in:"max=120"`
	PublicAccountant   string `json:"public_accountant" in:"max=120"`
	BudgetLine         string `json:"budget_line" in:"max=60"`
	// Code is given by the program when it is empty.
	Code string `json:"code" in:"pattern=code,max=31"`
}

// Validate puts the identity numbers in their form and refuses wrong ones, and a public
// debtor without its budget.
func (in *Add) Validate() []fault.Field {
	faults := identity{&in.CIN, &in.ICE, &in.RIB}.check()
	if in.Nature.Public() {
		faults = append(faults, in.debtor().missing()...)
	}
	return faults
}

func (in *Add) debtor() PublicDebtor {
	return PublicDebtor{in.Ministry, in.AuthorisingOfficer, in.PublicAccountant, in.BudgetLine}
}

// Update is the input of correcting a customer; what is absent stays.
type Update struct {
	ID                 op.ID     `json:"id" in:"required,ref=customer.customer.list"`
	Version            int64     `json:"version" in:"required,min=1"`
	Name               *string   `json:"name" in:"min=2,max=120,personal"`
	NameAr             *string   `json:"name_ar" in:"max=120,personal"`
	CIN                *string   `json:"cin" in:"max=12,personal"`
	ICE                *string   `json:"ice" in:"max=20"`
	TaxID              *string   `json:"tax_id" in:"pattern=digits,max=20"`
	Phone              *string   `json:"phone" in:"pattern=phone,personal"`
	Email              *string   `json:"email" in:"pattern=email,max=120,personal"`
	Address            *string   `json:"address" in:"max=200,lines,personal"`
	City               *string   `json:"city" in:"max=60"`
	Language           *Language `json:"language"`
	RIB                *string   `json:"rib" in:"max=40,personal"`
	Ministry           *string   `json:"ministry" in:"max=120"`
	AuthorisingOfficer *string   `json:"authorising_officer" in:"max=120"`
	PublicAccountant   *string   `json:"public_accountant" in:"max=120"`
	BudgetLine         *string   `json:"budget_line" in:"max=60"`
}

// Validate puts the identity numbers in their form and refuses wrong ones.
func (in *Update) Validate() []fault.Field { return identity{in.CIN, in.ICE, in.RIB}.check() }

// Saved is the answer of a change of a customer.
type Saved struct {
	ID      op.ID `json:"id"`
	Version int64 `json:"version"`
	// Notices are what should be looked at, and hinders nothing.
	Notices []Notice `json:"notices"`
}

func (m *Module) registerCustomers(r *op.Registry) {
	duties := []string{"AG-02", "DRI-02"}
	op.RegisterList(r, op.Spec{Name: "customer.customer.list", Path: "/customers", Duties: duties}, op.ListHandler[Filter, Row]{
		Sorts: []string{"code", "name"},
		Rows: func(ctx context.Context, x *op.Exec, in Filter) iter.Seq2[Row, error] {
			return listCustomers(ctx, x, in)
		},
	})
	op.RegisterGet(r, op.Spec{Name: "customer.customer.show", Path: "/customers/{id}", Duties: duties}, op.GetHandler[Ref, Card]{Do: showCustomer})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.customer.add", Path: "/customers", Duties: duties,
		Example: Add{Unit: 1 << 43, Name: "Amina Berrada", Nature: Private, CIN: "BE45678", Phone: "0612345678", City: "Sefrou"},
	}, op.CommandHandler[Add, Saved]{
		Targets: func(_ context.Context, _ *op.Exec, in Add) ([]op.Target, error) {
			return []op.Target{{Unit: int64(in.Unit)}}, nil
		},
		Do: addCustomer,
	})
	op.RegisterCommand(r, op.Spec{
		Name: "customer.customer.update", Path: "/customers/{id}", Versioned: true, Duties: duties,
	}, op.CommandHandler[Update, Saved]{
		Locks: func(in Update) []int64 { return []int64{int64(in.ID)} },
		Targets: func(ctx context.Context, x *op.Exec, in Update) ([]op.Target, error) {
			return customerTarget(ctx, x, in.ID)
		},
		Do: changeCustomer,
	})
}

// customerTarget is the unit that manages a customer: those of its contracts may see
// it, not change it.
func customerTarget(ctx context.Context, x *op.Exec, id op.ID) ([]op.Target, error) {
	c, err := FindCustomer(ctx, x.R, int64(id))
	return []op.Target{{Unit: int64(c.UnitID)}}, err
}

func showCustomer(ctx context.Context, x *op.Exec, in Ref) (card Card, err error) {
	if card.Customer, err = FindCustomer(ctx, x.R, int64(in.ID)); err != nil {
		return card, err
	}
	if err := mustSee(ctx, x, card.Customer); err != nil {
		return card, err
	}
	if card.BatchID, err = batchOf(ctx, x.R, kindCustomer, card.ID); err != nil {
		return card, err
	}
	line, err := readNatures(ctx, x.R, int64(in.ID))
	if err != nil {
		return card, err
	}
	card.Nature, _ = line.On(x.Today)
	for i := len(line) - 1; i >= 0; i-- {
		s := line[i]
		card.Natures = append(card.Natures, NatureSpan{s.Value, s.From, s.To, s.Note.reason, s.Note.actor, s.Note.at})
	}
	above, err := readParents(ctx, x.R, int64(in.ID))
	if err != nil {
		return card, err
	}
	card.ParentID, _ = above.On(x.Today)
	for i := len(above) - 1; i >= 0; i-- {
		s := above[i]
		card.Parents = append(card.Parents, ParentSpan{s.Value, s.From, s.To, s.Note.reason, s.Note.actor, s.Note.at})
	}
	if card.Children, err = countChildren(ctx, x.R, int64(in.ID), x.Today); err != nil {
		return card, err
	}
	card.Notices, err = noticesOf(ctx, x, card.Customer, card.Nature)
	return card, err
}

// noticesOf looks for what is odd about a customer.
func noticesOf(ctx context.Context, x *op.Exec, c Customer, n Nature) (out []Notice, err error) {
	if c.RIB != "" && bankOf(c.RIB) == "" {
		out = append(out, BankUnknown)
	}
	for _, number := range []struct {
		column, value string
		notice        Notice
	}{{"cin", c.CIN, CINTwice}, {"ice", c.ICE, ICETwice}} {
		twice, err := sameNumber(ctx, x.R, number.column, number.value, int64(c.ID))
		if err != nil {
			return nil, err
		}
		if twice {
			out = append(out, number.notice)
		}
	}
	if n.Public() && len(c.missing()) > 0 {
		out = append(out, PublicIncomplete)
	}
	return out, nil
}

func addCustomer(ctx context.Context, x *op.Exec, in Add) (Saved, error) {
	since := orDate(in.Since, x.Today)
	if err := checkAhead("since", since, x.Today); err != nil {
		return Saved{}, err
	}
	code, err := customerSeries().choose(ctx, x.Tx, in.Code, codeTakenCustomer)
	if err != nil {
		return Saved{}, err
	}
	c := &Customer{
		Code: code, UnitID: in.Unit, Name: in.Name, NameAr: in.NameAr, CIN: in.CIN, ICE: in.ICE, TaxID: in.TaxID, RIB: in.RIB, Phone: in.Phone,
		Email: in.Email, Address: in.Address, City: in.City, Language: in.Language, PublicDebtor: in.debtor(),
	}
	if c.Language == "" {
		c.Language = French
	}
	if err := Insert(ctx, x.Tx, Origin{Actor: op.ID(x.Actor.UserID), At: x.Now}, &Supply{Customer: c, Nature: in.Nature, Since: since}); err != nil {
		return Saved{}, err
	}
	notices, err := noticesOf(ctx, x, *c, in.Nature)
	if err != nil {
		return Saved{}, err
	}
	after := struct {
		Customer
		Nature    Nature   `json:"nature"`
		ValidFrom day.Date `json:"valid_from"`
	}{*c, in.Nature, since}
	return Saved{c.ID, c.Version, notices}, x.Change(kindCustomer, int64(c.ID), c.label(), nil, after)
}

func changeCustomer(ctx context.Context, x *op.Exec, in Update) (Saved, error) {
	c, err := FindCustomer(ctx, x.Tx, int64(in.ID))
	if err != nil {
		return Saved{}, err
	}
	if err := op.CheckVersion(c.Version, in.Version); err != nil {
		return Saved{}, err
	}
	before := c
	op.Set(&c.Name, in.Name)
	op.Set(&c.NameAr, in.NameAr)
	op.Set(&c.CIN, in.CIN)
	op.Set(&c.ICE, in.ICE)
	op.Set(&c.TaxID, in.TaxID)
	op.Set(&c.RIB, in.RIB)
	op.Set(&c.Phone, in.Phone)
	op.Set(&c.Email, in.Email)
	op.Set(&c.Address, in.Address)
	op.Set(&c.City, in.City)
	op.Set(&c.Language, in.Language)
	op.Set(&c.Ministry, in.Ministry)
	op.Set(&c.AuthorisingOfficer, in.AuthorisingOfficer)
	op.Set(&c.PublicAccountant, in.PublicAccountant)
	op.Set(&c.BudgetLine, in.BudgetLine)
	nature, err := natureNow(ctx, x, c)
	if err != nil {
		return Saved{}, err
	}
	// An imported public debtor may lack its budget; what it has may not be taken away.
	if nature.Public() && len(c.missing()) > len(before.missing()) {
		return Saved{}, fault.InvalidFields(c.missing())
	}
	notices, err := noticesOf(ctx, x, c, nature)
	if err != nil || c == before {
		return Saved{c.ID, c.Version, notices}, err
	}
	if err := updateCustomer(ctx, x.Tx, &before, &c); err != nil {
		return Saved{}, err
	}
	return Saved{c.ID, c.Version, notices}, x.Change(kindCustomer, int64(c.ID), c.label(), before, c)
}

// natureNow is the legal nature of a customer today.
func natureNow(ctx context.Context, x *op.Exec, c Customer) (Nature, error) {
	line, err := readNatures(ctx, x.R, int64(c.ID))
	n, _ := line.On(x.Today)
	return n, err
}
