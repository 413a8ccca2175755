// Package customer owns who is supplied, where and on what terms: customers with
// their legal nature and their place under a payer, service points with their
// connection, contracts with their terms, all in time. It keeps no money, no meter and
// no tariff.
package customer

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"wasl/internal/kernel/dated"
	"wasl/internal/platform/db"
	"wasl/internal/platform/find"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this module.
func Migrations() fs.FS { return migrations }

// Nature is the legal nature of a customer. It decides about collection, prescription
// and provisions; not about the price (category) nor the VAT (use).
type Nature string

// The natures.
const (
	Private            Nature = "private"
	Company            Nature = "company"
	State              Nature = "state"
	LocalAuthority     Nature = "local_authority"
	AutonomousBody     Nature = "autonomous_body"
	LocalUtility       Nature = "local_utility"
	ConcessionOperator Nature = "concession_operator"
	Association        Nature = "association"
	languageDefault           = "fr"
	kindCustomer              = "customer"
	kindServicePoint          = "service_point"
	kindContract              = "contract"
	kindAccount               = "account"
	constraintCustomer        = "customer_code.code"
	constraintPoint           = "service_point_code.code"
	constraintContract        = "contract_code.code"
	codeTakenCustomer         = "customer.code_taken"
	codeTakenPoint            = "customer.point.code_taken"
	codeTakenContract         = "customer.contract.code_taken"
)

// EnumName is the prefix of the texts.
func (Nature) EnumName() string { return "nature" }

// EnumValues are the natures.
func (Nature) EnumValues() []string {
	return []string{
		string(Private), string(Company), string(State), string(LocalAuthority), string(AutonomousBody), string(LocalUtility),
		string(ConcessionOperator), string(Association),
	}
}

// Public says that the customer pays from a public budget: who orders the expense,
// who pays it and on which line must be known.
func (n Nature) Public() bool {
	switch n {
	case State, LocalAuthority, AutonomousBody:
		return true
	}
	return false
}

// Language is the language in which a customer is written to.
type Language string

// The languages.
const (
	French Language = "fr"
	Arabic Language = "ar"
)

// EnumName is the prefix of the texts.
func (Language) EnumName() string { return "language" }

// EnumValues are the languages.
func (Language) EnumValues() []string { return []string{string(French), string(Arabic)} }

// Customer is a person or body that the utility supplies or bills. Name, identity
// papers, phone and address are personal data (law 09-08).
type Customer struct {
	ID   op.ID  `json:"id"`
	Code string `json:"code"`
	// UnitID is the unit that manages it.
	UnitID op.ID  `json:"unit" out:"ref=unit"`
	Name   string `json:"name"`
	// NameAr is the name in Arabic letters.
	NameAr string `json:"name_ar"`
	// CIN is the number of the identity card, without spaces.
	CIN string `json:"cin"`
	// ICE is the identifiant commun de l'entreprise, 15 digits.
	ICE string `json:"ice"`
	// TaxID is the identifiant fiscal (IF).
	TaxID string `json:"tax_id"`
	// RIB is the bank account, 24 digits.
	RIB      string   `json:"rib"`
	Phone    string   `json:"phone"`
	Email    string   `json:"email"`
	Address  string   `json:"address"`
	City     string   `json:"city"`
	Language Language `json:"language"`
	PublicDebtor
	Version int64 `json:"version"`
	// BatchID is the import it came with; 0 for none.
	BatchID int64 `json:"-"`
}

// PublicDebtor is what must be known of a customer who pays from a public budget.
type PublicDebtor struct {
	// Ministry is the department or the authority it belongs to.
	Ministry string `json:"ministry"`
	// AuthorisingOfficer orders the expense (ordonnateur).
	AuthorisingOfficer string `json:"authorising_officer"`
	// PublicAccountant pays it (comptable assignataire).
	PublicAccountant string `json:"public_accountant"`
	// BudgetLine is the line of the budget it is charged to.
	BudgetLine string `json:"budget_line"`
}

// label names the customer in the audit: by its code, for the name is personal.
func (c Customer) label() string { return c.Code }

// terms are the words by which the customer is found; the name comes first.
func (c Customer) terms() []string {
	return find.Terms(find.Words(c.Name, c.NameAr), find.Code(c.Code), find.Code(c.CIN), find.Code(c.ICE), find.Phone(c.Phone))
}

// Line of dated values with who recorded them, when and why.
type (
	natures = dated.Line[Nature, note]
	parents = dated.Line[op.ID, note]
)

// note says who recorded a dated value, when and why.
type note struct {
	reason string
	actor  op.ID
	at     time.Time
}

func noteOf(x *op.Exec, reason string) note { return note{reason, op.ID(x.Actor.UserID), x.Now} }

// Tariffs knows the tariffs; the tariff module does.
type Tariffs interface {
	// KnowsTariff says whether a tariff of a code serves a service.
	KnowsTariff(ctx context.Context, r db.Reader, code string, service string) (bool, error)
}

// Options of New.
type Options struct {
	// Tariffs checks the tariff codes of contracts; nil takes any, while no tariff
	// module is there.
	Tariffs Tariffs
	// Intake takes the files of customers in; nil only where nothing is imported.
	Intake *intake.Store
}

// Module is the customers. Make it with New; it is safe for concurrent use.
type Module struct {
	tariffs Tariffs
	intake  *intake.Store
}

// New makes the module.
func New(o Options) *Module { return &Module{tariffs: o.Tariffs, intake: o.Intake} }

// Register registers the operations of the module.
func (m *Module) Register(r *op.Registry) {
	m.registerCustomers(r)
	m.registerNatures(r)
	m.registerPoints(r)
	m.registerContracts(r)
	m.registerImport(r)
	r.Label(kindCustomer, labelsBy(customerWords))
	r.Label(kindServicePoint, labelsBy(pointWords))
	r.Label(kindContract, labelsBy(contractWords))
}
