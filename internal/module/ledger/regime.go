package ledger

// Regime says when VAT falls due.
type Regime string

// The regimes of a legal entity and its services (org.VATRegime), and AnyRegime for rules
// that do not depend on it.
const (
	AnyRegime Regime = "any"
	// OnReceipts: VAT waits on 44551 until the money is there (encaissement).
	OnReceipts Regime = "encaissement"
	// OnInvoices: VAT is due when billed (débit).
	OnInvoices Regime = "debit"
)

// EnumName is the prefix of the texts.
func (Regime) EnumName() string { return "ledger_regime" }

// EnumValues are the regimes.
func (Regime) EnumValues() []string {
	return []string{string(AnyRegime), string(OnReceipts), string(OnInvoices)}
}

// holds says whether a rule of this regime applies to what is under another one.
func (r Regime) holds(of Regime) bool { return r == AnyRegime || r == of }

// Regimes are the regimes of an entity on one day: that of each service, and of what belongs
// to none. The zero value is untold. A bit stands for a service on invoices, so that facts
// can be added up by it.
type Regimes uint16

// The bits behind those of the services.
const (
	regimesMain Regimes = 1 << 14
	regimesTold Regimes = 1 << 15
)

// Uniform are the regimes of an entity that has one for everything.
func Uniform(r Regime) Regimes {
	out := regimesTold
	if r == OnInvoices {
		out |= regimesMain
		for i := range len(serviceLetters) {
			out |= 1 << i
		}
	}
	return out
}

// with gives one service a regime of its own.
func (rs Regimes) with(s Service, r Regime) Regimes {
	bit := Regimes(1) << serviceIndex(s)
	if r == OnInvoices {
		return rs | bit
	}
	return rs &^ bit
}

func (rs Regimes) told() bool { return rs != 0 }

// Main is the regime of what belongs to no service.
func (rs Regimes) Main() Regime { return regimeOf(rs&regimesMain != 0) }

// Of is the regime of a service; that of the entity for a word that is no service.
func (rs Regimes) Of(s Service) Regime {
	i := serviceIndex(s)
	if i < 0 {
		return rs.Main()
	}
	return regimeOf(rs&(1<<i) != 0)
}

// some says whether a rule of a regime can apply to anything.
func (rs Regimes) some(r Regime) bool {
	switch r {
	case OnInvoices:
		return rs&^regimesTold != 0
	case OnReceipts:
		return rs != Uniform(OnInvoices)
	}
	return true
}

func regimeOf(invoices bool) Regime {
	if invoices {
		return OnInvoices
	}
	return OnReceipts
}
