package collection

import (
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/op"
)

// Waiting is money received of which something is not allocated yet: its bills, or even
// its customer, were not known.
type Waiting struct {
	// Account holds it: that of money to be allocated of a unit, or a customer's own.
	Account op.ID  `json:"receivable_account" out:"ref=account"`
	Number  string `json:"account_number"`
	Item    op.ID  `json:"item"`
	Receipt op.ID  `json:"receipt" out:"ref=receipt"`
	Unit    op.ID  `json:"unit" out:"ref=unit"`
	Payer   string `json:"payer"`
	// Kind is the kind of tender it came in by.
	Kind       string   `json:"kind"`
	Reference  string   `json:"reference"`
	Note       string   `json:"note"`
	ReceivedOn day.Date `json:"received_on"`
	// Age is how many days it has waited.
	Age    int64        `json:"age_days"`
	Amount money.Amount `json:"amount"`
	// Left is what still waits.
	Left money.Amount `json:"left"`
	// Reserved says that its cheque is not cleared: it cannot be moved yet.
	Reserved bool `json:"reserved"`
}

// PageKey is the row's place in its list.
func (w Waiting) PageKey(string) []string {
	return []string{w.ReceivedOn.String(), w.Account.String(), w.Item.String()}
}

// MoveState says whether a move still stands.
type MoveState string

// The states of a move.
const (
	Moved  MoveState = "moved"
	Undone MoveState = "undone"
)

// EnumName is the prefix of the texts.
func (MoveState) EnumName() string { return "collection_move_state" }

// EnumValues are the states.
func (MoveState) EnumValues() []string { return []string{string(Moved), string(Undone)} }

// Move is money that waited and was brought to the account it belongs to.
type Move struct {
	ID      op.ID `json:"id"`
	Receipt op.ID `json:"receipt" out:"ref=receipt"`
	// Document is the number of the receipt, which its items bear on both accounts.
	Document string `json:"document"`
	// Unit managed the money while it waited.
	Unit    op.ID        `json:"unit" out:"ref=unit"`
	From    op.ID        `json:"from_account" out:"ref=account"`
	Item    op.ID        `json:"item"`
	To      op.ID        `json:"receivable_account" out:"ref=account"`
	Amount  money.Amount `json:"amount"`
	MovedOn day.Date     `json:"moved_on"`
	Reason  string       `json:"reason"`
	State   MoveState    `json:"state"`
	Actor   op.ID        `json:"actor" out:"ref=user"`
	// RecordedAt is when it was carried out.
	RecordedAt time.Time `json:"recorded_at"`

	returned, allocation op.ID
}

// PageKey is the row's place in its list.
func (m Move) PageKey(string) []string { return []string{m.MovedOn.String(), m.ID.String()} }

// movable is how much of an item may be moved: what was asked for, or all that is left.
// Invalid "collection.waiting_none" when the item is no money that waits,
// "collection.waiting_left" when less is left.
func movable(p *ledger.Position, asked money.Amount) (money.Amount, error) {
	left := -p.Left
	switch {
	case p.Kind != ledger.ItemUnallocated || left <= 0:
		return 0, fault.InvalidField("item", "collection.waiting_none", "document", p.Document)
	case asked > left:
		return 0, fault.InvalidField("amount", "collection.waiting_left", "document", p.Document, "left", left)
	case asked == 0:
		return left, nil
	}
	return asked, nil
}
