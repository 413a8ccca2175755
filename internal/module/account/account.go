// Package account owns the receivable accounts (comptes de tiers): whatever is owed
// hangs on one. It owns who pays an account instead of its holder, in time. It keeps
// no money: what is owed comes with the journal.
package account

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Kind says what an account is for.
type Kind string

// The kinds of account.
const (
	// SupplyContract is the account of one supply contract.
	SupplyContract Kind = "supply_contract"
	// Works are works done for a third party (travaux tiers).
	Works Kind = "works"
	// CommuneConvention is the contribution of a commune.
	CommuneConvention Kind = "commune_convention"
	// VoucherConvention is a convention for vignettes.
	VoucherConvention Kind = "voucher_convention"
	// Operator is an outside operator who collects.
	Operator Kind = "operator"
	// Cashier is a régisseur.
	Cashier Kind = "cashier"
	// Unallocated holds what a unit received from nobody knows whom (montants en
	// instance d'affectation).
	Unallocated Kind = "unallocated"
)

// EnumName is the prefix of the texts.
func (Kind) EnumName() string { return "account_kind" }

// EnumValues are the kinds.
func (Kind) EnumValues() []string {
	return []string{
		string(SupplyContract), string(Works), string(CommuneConvention), string(VoucherConvention), string(Operator), string(Cashier), string(Unallocated),
	}
}

// State says whether an account is open on a date.
type State string

// The states of an account.
const (
	Open   State = "open"
	Closed State = "closed"
	Future State = "future"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "account_state" }

// EnumValues are the states.
func (State) EnumValues() []string { return []string{string(Open), string(Closed), string(Future)} }

// Account is a receivable account.
type Account struct {
	ID op.ID `json:"id"`
	// Number is unique among all accounts; that of a supply contract is its code.
	Number string `json:"number"`
	Kind   Kind   `json:"kind"`
	// UnitID is the unit that manages it.
	UnitID op.ID `json:"unit" out:"ref=unit"`
	// EntityID is the legal entity to which it is owed; 0 where the assignments of
	// the unit say so.
	EntityID op.ID `json:"entity" out:"ref=entity"`
	// OpenedOn is the first day, ClosedOn the first day on which it is closed.
	OpenedOn day.Date `json:"opened_on"`
	ClosedOn day.Date `json:"closed_on"`
	Version  int64    `json:"version"`
	// BatchID is the import it came with; 0 for none.
	BatchID int64 `json:"-"`
}

// StateOn is the state on a date.
func (a Account) StateOn(on day.Date) State {
	switch {
	case on.Before(a.OpenedOn):
		return Future
	case !a.ClosedOn.IsZero() && !on.Before(a.ClosedOn):
		return Closed
	}
	return Open
}

// payers are the payers of an account, in time.
type payers = dated.Line[op.ID, note]

// note says who recorded a payer, when and why.
type note struct {
	reason string
	actor  op.ID
	at     time.Time
}

// Customers knows the customers; the customer module does.
type Customers interface {
	// Payer gives the unit that manages a customer; NotFound when there is none.
	Payer(ctx context.Context, r db.Reader, customer int64) (unit int64, err error)
}

// Options of New.
type Options struct {
	// Customers knows who may pay.
	Customers Customers
}

// Module is the receivable accounts. Make it with New; it is safe for concurrent use.
type Module struct{ customers Customers }

// New makes the module.
func New(o Options) *Module { return &Module{customers: o.Customers} }
