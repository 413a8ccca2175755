package ledger

import (
	"slices"

	"wasl/internal/kernel/money"
)

// Event is something that happened and has an entry by the rules.
type Event string

// The events that rules turn into entries.
const (
	// EventBill is what a customer owes: a bill, works, a penalty, costs.
	EventBill Event = "bill"
	// EventCreditNote takes back part of what was billed.
	EventCreditNote Event = "credit_note"
	// EventReceipt is money received from a customer whose bills are known.
	EventReceipt Event = "receipt"
	// EventReceiptReturn is money that went back: a cheque returned, a refund.
	EventReceiptReturn Event = "receipt_return"
	// EventAdvance is money received before anything is billed.
	EventAdvance Event = "advance"
	// EventUnallocated is money received whose bills are not known.
	EventUnallocated Event = "unallocated"
	// EventAllocate moves an amount from the account of a credit to that of the
	// debit it pays.
	EventAllocate Event = "allocate"
	// EventSettle is the moment at which a payment counts for taxes: at the receipt,
	// or when a cheque is cleared.
	EventSettle Event = "settle"
	// EventTransfer moves money from one means to another: a cheque handed to the
	// bank, cleared, a deposit of a cash desk.
	EventTransfer Event = "transfer"
	// EventCommission is the invoice of whoever collects for the utility.
	EventCommission Event = "commission"
	// EventCashShort is money missing at the count of a cash desk.
	EventCashShort Event = "cash_short"
	// EventCashOver is money in excess at the count of a cash desk.
	EventCashOver Event = "cash_over"
	// EventDoubtful moves debts to the account of doubtful ones, or back; its accounts are
	// those of the rule of doubtful debts.
	EventDoubtful Event = "doubtful"
	// EventManual is an entry written by a person (opération diverse); it has no
	// rule.
	EventManual Event = "manual"
)

// EnumName is the prefix of the texts.
func (Event) EnumName() string { return "ledger_event" }

// EnumValues are the events.
func (Event) EnumValues() []string {
	return []string{
		string(EventBill), string(EventCreditNote), string(EventReceipt), string(EventReceiptReturn), string(EventAdvance),
		string(EventUnallocated), string(EventAllocate), string(EventSettle), string(EventTransfer), string(EventCommission),
		string(EventCashShort), string(EventCashOver), string(EventDoubtful), string(EventManual),
	}
}

// Measure is an amount that an event offers to its rules.
type Measure string

// The measures.
const (
	// Parts are the parts of the event, one by one.
	Parts Measure = "parts"
	// Total is the sum of the parts.
	Total Measure = "total"
	// Debit is what an allocation moved of the item it pays.
	Debit Measure = "debit"
	// Credit is what an allocation moved of a credit note.
	Credit Measure = "credit"
	// Prepaid is what an allocation moved of an advance.
	Prepaid Measure = "prepaid"
	// Sum is the amount of an allocation, a transfer, a difference.
	Sum Measure = "sum"
	// Stamp is the stamp duty on a cash receipt.
	Stamp Measure = "stamp"
	// Fee is what a bank or a collector keeps, without tax.
	Fee Measure = "fee"
	// FeeVAT is the tax on the fee.
	FeeVAT Measure = "fee_vat"
)

// EnumName is the prefix of the texts.
func (Measure) EnumName() string { return "ledger_measure" }

// EnumValues are the measures.
func (Measure) EnumValues() []string {
	return []string{
		string(Parts), string(Total), string(Debit), string(Credit), string(Prepaid), string(Sum), string(Stamp), string(Fee), string(FeeVAT),
	}
}

// split says that a measure is a split, which rules may narrow by service and
// nature.
func (m Measure) split() bool { return m == Parts || m == Debit || m == Credit || m == Prepaid }

// Role stands in a rule for an account that the event brings along.
type Role string

// The roles. A role begins with @, which no account does.
const (
	// RoleTender is where money comes in or goes out: a cash desk, cheques in hand, a
	// bank.
	RoleTender Role = "@tender"
	// RoleFrom is where a transfer takes money from.
	RoleFrom Role = "@from"
	// RoleDebit is the account of the item that an allocation pays.
	RoleDebit Role = "@debit"
	// RoleCredit is the account of the item that an allocation uses.
	RoleCredit Role = "@credit"
)

// shape is what an event offers to its rules.
type shape struct {
	natures  []Nature
	measures []Measure
	roles    []Role
	// control says that the event opens an item, on the account of its Total.
	control bool
}

// Journal is a book of entries.
type Journal string

// The journals.
const (
	// JournalSales holds bills.
	JournalSales Journal = "vte"
	// JournalCredits holds credit notes.
	JournalCredits Journal = "avr"
	// JournalReceipts holds receipts and what becomes of them.
	JournalReceipts Journal = "enc"
	// JournalAllocations holds allocations and the taxes they make due.
	JournalAllocations Journal = "aff"
	// JournalMisc holds entries written by people.
	JournalMisc Journal = "odv"
)

// EnumName is the prefix of the texts.
func (Journal) EnumName() string { return "ledger_journal" }

// EnumValues are the journals.
func (Journal) EnumValues() []string {
	return []string{string(JournalSales), string(JournalCredits), string(JournalReceipts), string(JournalAllocations), string(JournalMisc)}
}

// journal is the book in which an event is written.
func (e Event) journal() Journal {
	switch e {
	case EventBill:
		return JournalSales
	case EventCreditNote:
		return JournalCredits
	case EventAllocate, EventSettle:
		return JournalAllocations
	case EventDoubtful, EventManual:
		return JournalMisc
	default:
		return JournalReceipts
	}
}

// shapes tells of each event what it offers.
func shapes() map[Event]shape {
	owed := []Nature{Principal, VAT, TPPAN, Penalty, Costs}
	all := append(slices.Clone(owed), Money)
	parts := []Measure{Parts, Total}
	tender := []Role{RoleTender}
	return map[Event]shape{
		EventBill:          {owed, parts, nil, true},
		EventCreditNote:    {owed, parts, nil, true},
		EventReceipt:       {[]Nature{Money}, append(slices.Clone(parts), Stamp, Fee), tender, true},
		EventReceiptReturn: {[]Nature{Money}, append(slices.Clone(parts), Fee), tender, true},
		EventAdvance:       {all, append(slices.Clone(parts), Stamp), tender, true},
		EventUnallocated:   {[]Nature{Money}, append(slices.Clone(parts), Fee), tender, true},
		EventAllocate:      {nil, []Measure{Sum}, []Role{RoleDebit, RoleCredit}, false},
		EventSettle:        {all, []Measure{Debit, Credit, Prepaid}, nil, false},
		EventTransfer:      {nil, []Measure{Sum}, []Role{RoleTender, RoleFrom}, false},
		EventCommission:    {nil, []Measure{Fee, FeeVAT}, tender, false},
		EventCashShort:     {nil, []Measure{Sum}, tender, false},
		EventCashOver:      {nil, []Measure{Sum}, tender, false},
	}
}

// Facts are the amounts and accounts of one event. What is absent is zero.
type Facts struct {
	Event Event
	// Parts of a bill, a credit note, a receipt, an advance.
	Parts Split
	// Debit, Credit and Prepaid are what an allocation moved.
	Debit, Credit, Prepaid Split
	// Sum, Stamp, Fee and FeeVAT are in centimes, not negative.
	Sum, Stamp, Fee, FeeVAT money.Amount
	// Roles gives the accounts that stand behind the roles.
	Roles map[Role]string
	// Undo turns the entry around: every debit becomes a credit.
	Undo bool
	// Regimes are those under which the item was posted, when they are not those of
	// the day of the entry.
	Regimes Regimes
}

// splitOf is the split behind a measure.
func (f *Facts) splitOf(m Measure) Split {
	switch m {
	case Parts, Total:
		return f.Parts
	case Debit:
		return f.Debit
	case Credit:
		return f.Credit
	case Prepaid:
		return f.Prepaid
	default:
		return nil
	}
}

// amountOf is the amount behind a measure that is no split.
func (f *Facts) amountOf(m Measure) money.Amount {
	switch m {
	case Sum:
		return f.Sum
	case Stamp:
		return f.Stamp
	case Fee:
		return f.Fee
	case FeeVAT:
		return f.FeeVAT
	default:
		return 0
	}
}
