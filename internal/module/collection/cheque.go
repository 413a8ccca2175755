package collection

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// ChequeState says where a cheque is.
type ChequeState string

// The states of a cheque.
const (
	// ChequeReceived: it is in hand.
	ChequeReceived ChequeState = "received"
	// ChequeDeposited: the bank has it.
	ChequeDeposited ChequeState = "deposited"
	// ChequeCleared: the money has arrived.
	ChequeCleared ChequeState = "cleared"
	// ChequeReturned: it came back unpaid, before or after it was cleared.
	ChequeReturned ChequeState = "returned"
	// ChequeCancelled: its receipt was cancelled.
	ChequeCancelled ChequeState = "cancelled"
)

// EnumName is the prefix of the texts.
func (ChequeState) EnumName() string { return "cheque_state" }

// EnumValues are the states.
func (ChequeState) EnumValues() []string {
	return []string{string(ChequeReceived), string(ChequeDeposited), string(ChequeCleared), string(ChequeReturned), string(ChequeCancelled)}
}

// Cheque is a tender that settles at clearing.
type Cheque struct {
	ID      op.ID       `json:"id"`
	State   ChequeState `json:"state"`
	Receipt op.ID       `json:"receipt" out:"ref=receipt"`
	Unit    op.ID       `json:"unit" out:"ref=unit"`
	// Kind is its kind of tender.
	Kind       string       `json:"kind"`
	Amount     money.Amount `json:"amount"`
	Reference  string       `json:"reference"`
	Bank       string       `json:"bank"`
	Drawer     string       `json:"drawer"`
	ReceivedOn day.Date     `json:"received_on"`
	// Deposit is the bordereau it went to the bank with; 0 before.
	Deposit op.ID `json:"deposit" out:"ref=cheque_deposit"`
	// ChangedOn is the day of its state.
	ChangedOn day.Date `json:"changed_on"`

	entity  op.ID
	number  string
	account string
	no      int64
	events  int64
}

// PageKey is the row's place in its list.
func (c Cheque) PageKey(string) []string { return []string{c.ReceivedOn.String(), c.ID.String()} }

// Deposit is a bordereau: cheques handed to a bank together.
type Deposit struct {
	ID          op.ID        `json:"id"`
	Number      string       `json:"number"`
	Unit        op.ID        `json:"unit" out:"ref=unit"`
	DepositedOn day.Date     `json:"deposited_on"`
	Bank        string       `json:"bank"`
	Cheques     int64        `json:"cheques"`
	Total       money.Amount `json:"total"`
	Actor       op.ID        `json:"actor" out:"ref=user"`
	RecordedAt  time.Time    `json:"recorded_at"`

	entity   op.ID
	exercise int64
	serial   int64
}

// event is something that became of a cheque.
type event struct {
	state   ChequeState
	deposit op.ID
	on      day.Date
	fee     money.Amount
	reason  string
}

// together is the total of cheques that go on one bordereau of a unit: they are of that
// unit, of one entity and one kind. The first that is not is Invalid
// "collection.deposit_mixed".
func together(cheques []Cheque, unit op.ID) (total money.Amount, err error) {
	for i := range cheques {
		c := &cheques[i]
		if c.Unit != unit || c.entity != cheques[0].entity || c.Kind != cheques[0].Kind || c.account != cheques[0].account {
			return 0, fault.InvalidField("cheques", "collection.deposit_mixed", "reference", c.Reference)
		}
		if total, err = total.Add(c.Amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// follows refuses a step from a state that does not allow it, or before the last one:
// Conflict "collection.cheque_state", Invalid "collection.cheque_before", "collection.future".
func (c *Cheque) follows(field string, on, today day.Date, from ...ChequeState) error {
	for _, s := range from {
		if c.State != s {
			continue
		}
		switch {
		case on.After(today):
			return fault.InvalidField(field, "collection.future", "date", today)
		case on.Before(c.ChangedOn):
			return fault.InvalidField(field, "collection.cheque_before", "reference", c.Reference, "date", c.ChangedOn)
		}
		return nil
	}
	return fault.New(fault.Conflict, "collection.cheque_state", "reference", c.Reference, "state", c.State)
}
