package org

import (
	"slices"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Entity is a legal entity: who keeps the accounts and answers to the taxes.
type Entity struct {
	ID        op.ID  `json:"id"`
	Code      string `json:"code"`
	Name      string `json:"name"`
	LegalForm string `json:"legal_form"`
	// ICE is the identifiant commun de l'entreprise, 15 digits.
	ICE string `json:"ice"`
	// TaxID is the identifiant fiscal (IF).
	TaxID string `json:"tax_id"`
	// TradeRegister is the number and town of the registre du commerce (RC).
	TradeRegister string `json:"trade_register"`
	// BusinessTax is the number of the taxe professionnelle (TP).
	BusinessTax string `json:"business_tax"`
	// CNSS is the number at the social security.
	CNSS    string `json:"cnss"`
	Address string `json:"address"`
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Version int64  `json:"version"`
}

func (e Entity) folded() string { return db.Fold(e.Name + " " + e.Code + " " + e.ICE) }

func (e Entity) label() string { return e.Code + " " + e.Name }

// FiscalParameter is a dated fiscal parameter of a legal entity.
type FiscalParameter string

// The fiscal parameters.
const (
	// VATRegime says when VAT falls due: on receipts (encaissement, the default of
	// the law) or on invoices (débit).
	VATRegime FiscalParameter = "vat_regime"
	// TaxPoint is the date that decides which VAT rate a bill is printed with: the last
	// day supplied (the default) or that of the bill. A payment never changes it.
	TaxPoint FiscalParameter = "tax_point"
	// Currency is that of the accounts.
	Currency FiscalParameter = "currency"
	// ExerciseStart is the month in which the accounting year begins, 1 to 12.
	ExerciseStart FiscalParameter = "exercise_start_month"
	// BudgetStart is the month in which the budget year begins, 1 to 12.
	BudgetStart FiscalParameter = "budget_start_month"
)

// EnumName is the prefix of the texts.
func (FiscalParameter) EnumName() string { return "fiscal_parameter" }

// EnumValues are the parameters.
func (FiscalParameter) EnumValues() []string {
	return []string{string(VATRegime), string(TaxPoint), string(Currency), string(ExerciseStart), string(BudgetStart)}
}

const monthsPerYear = 12

// values are those a parameter may take.
func (p FiscalParameter) values() []string {
	switch p {
	case VATRegime:
		return []string{"encaissement", "debit"}
	case TaxPoint:
		return []string{"supply", "bill"}
	case Currency:
		return []string{"MAD"}
	case ExerciseStart, BudgetStart:
		months := make([]string, monthsPerYear)
		for i := range months {
			months[i] = strconv.Itoa(i + 1)
		}
		return months
	default:
		return nil
	}
}

// byService says whether each service may have a value of its own.
func (p FiscalParameter) byService() bool { return p == VATRegime || p == TaxPoint }

func (p FiscalParameter) accepts(value string) bool { return slices.Contains(p.values(), value) }

// FiscalValue is a parameter in force from a date until the next value.
type FiscalValue struct {
	Parameter FiscalParameter `json:"parameter"`
	// Service is the only one it holds for; empty is every one without its own.
	Service   Service  `json:"service"`
	ValidFrom day.Date `json:"valid_from"`
	Value     string   `json:"value"`
	Reason    string   `json:"reason"`
	ActorID   op.ID    `json:"actor"`
}
