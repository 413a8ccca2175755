package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Side of an entry.
type Side string

// The sides.
const (
	Debited  Side = "debit"
	Credited Side = "credit"
)

// EnumName is the prefix of the texts.
func (Side) EnumName() string { return "ledger_side" }

// EnumValues are the sides.
func (Side) EnumValues() []string { return []string{string(Debited), string(Credited)} }

// Book says in whose accounts a line goes when a unit collects for another.
type Book string

// The books.
const (
	// Managing is the unit that manages the customer.
	Managing Book = "managing"
	// Collecting is the unit that holds the money.
	Collecting Book = "collecting"
)

// EnumName is the prefix of the texts.
func (Book) EnumName() string { return "ledger_book" }

// EnumValues are the books.
func (Book) EnumValues() []string { return []string{string(Managing), string(Collecting)} }

// Rule is one line of the entry of an event.
type Rule struct {
	Event   Event   `json:"event"`
	Regime  Regime  `json:"regime"`
	Book    Book    `json:"book"`
	Side    Side    `json:"side"`
	Account string  `json:"account"`
	Measure Measure `json:"measure"`
	// Service narrows a split; empty is every service.
	Service Service `json:"service"`
	// Nature narrows a split; empty is every nature.
	Nature Nature `json:"nature"`
}

// RulesMax bounds the lines of a set.
const RulesMax = 500

// Rules are the lines of a set, in order.
type Rules []Rule

// AccountKind says how an account is kept.
type AccountKind string

// The kinds of account.
const (
	// Ordinary accounts are written to by anybody who may.
	Ordinary AccountKind = "ordinary"
	// Control accounts are explained by the open items; no person writes to them.
	Control AccountKind = "control"
	// Liaison accounts hold what one unit owes another.
	Liaison AccountKind = "liaison"
	// Suspense accounts must come back to zero before a month is closed.
	Suspense AccountKind = "suspense"
)

// EnumName is the prefix of the texts.
func (AccountKind) EnumName() string { return "ledger_account_kind" }

// EnumValues are the kinds.
func (AccountKind) EnumValues() []string {
	return []string{string(Ordinary), string(Control), string(Liaison), string(Suspense)}
}

// Check says everything that is wrong with a set: an event, measure, role or
// account that does not exist, a control account outside the book of the unit
// that manages, an event that has no line, an item without one account of its
// own, and an entry that would not balance for every amount. accounts are those
// of the chart that are open, with their kind.
func (rs Rules) Check(accounts map[string]AccountKind) []fault.Field {
	if len(rs) > RulesMax {
		return []fault.Field{{Path: "rules", Code: "ledger.rules_max", Args: fault.Args{"max": RulesMax}}}
	}
	var out []fault.Field
	for i, r := range rs {
		if code := r.check(accounts); code != "" {
			out = append(out, fault.Field{Path: "rules", Code: code, Args: fault.Args{
				"line": i + 1, "event": string(r.Event), "account": r.Account, "measure": string(r.Measure),
			}})
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, name := range Event("").EnumValues() {
		if event := Event(name); event != EventManual && event != EventDoubtful {
			out = append(out, rs.checkEvent(event)...)
		}
	}
	return out
}

// check is the code of what is wrong with one line; empty when nothing is.
func (r Rule) check(accounts map[string]AccountKind) string {
	s, known := shapes()[r.Event]
	kind, account := accounts[r.Account]
	role := slices.Contains(s.roles, Role(r.Account))
	switch {
	case !known || !slices.Contains(Regime("").EnumValues(), string(r.Regime)) || !slices.Contains(Side("").EnumValues(), string(r.Side)) ||
		!slices.Contains(Book("").EnumValues(), string(r.Book)):
		return "ledger.rule_word"
	case !slices.Contains(s.measures, r.Measure):
		return "ledger.rule_measure"
	case strings.HasPrefix(r.Account, "@") && !role:
		return "ledger.rule_role"
	case !role && !account:
		return "ledger.rule_account"
	case kind == Control && r.Book != Managing:
		return "ledger.rule_control"
	case (r.Service != "" || r.Nature != "") && !r.Measure.split():
		return "ledger.rule_filter"
	case r.Service != "" && serviceIndex(r.Service) < 0 || r.Nature != "" && !slices.Contains(s.natures, r.Nature):
		return "ledger.rule_filter"
	}
	return ""
}

// atom is an amount that varies by itself: a component of a split, or an amount.
type atom struct {
	split   Measure
	service Service
	nature  Nature
}

// atoms are what a line adds up.
func (r Rule) atoms() []atom {
	if r.Measure != Total && !r.Measure.split() {
		return []atom{{split: r.Measure}}
	}
	measure := r.Measure
	if measure == Total {
		measure = Parts
	}
	var out []atom
	for _, service := range Service("").EnumValues() {
		for _, n := range shapes()[r.Event].natures {
			if r.takes(Part{Service: Service(service), Nature: n}) {
				out = append(out, atom{measure, Service(service), n})
			}
		}
	}
	return out
}

// takes says whether a line holds a component.
func (r Rule) takes(p Part) bool {
	return (r.Service == "" || r.Service == p.Service) && (r.Nature == "" || r.Nature == p.Nature)
}

// checkEvent checks the entry of an event under each regime.
func (rs Rules) checkEvent(e Event) []fault.Field {
	var out []fault.Field
	for _, regime := range []Regime{OnReceipts, OnInvoices} {
		lines := rs.of(e, regime)
		args := fault.Args{"event": string(e), "regime": string(regime)}
		if len(lines) == 0 && !(e == EventSettle && regime == OnInvoices) {
			out = append(out, fault.Field{Path: "rules", Code: "ledger.rule_missing", Args: args})
			continue
		}
		balance, totals := map[atom]int{}, 0
		for _, r := range lines {
			for _, a := range r.atoms() {
				balance[a] += r.sign()
			}
			if r.Measure == Total && !strings.HasPrefix(r.Account, "@") {
				totals++
			}
		}
		for _, n := range balance {
			if n != 0 {
				out = append(out, fault.Field{Path: "rules", Code: "ledger.rule_unbalanced", Args: args})
				break
			}
		}
		if shapes()[e].control && totals != 1 {
			out = append(out, fault.Field{Path: "rules", Code: "ledger.rule_item", Args: args})
		}
	}
	if len(out) == 0 && rs.ItemAccount(e, OnReceipts) != rs.ItemAccount(e, OnInvoices) {
		// One item may hold services of both regimes: it stands on one account.
		out = append(out, fault.Field{Path: "rules", Code: "ledger.rule_item", Args: fault.Args{"event": string(e), "regime": string(AnyRegime)}})
	}
	return out
}

func (r Rule) sign() int {
	if r.Side == Debited {
		return 1
	}
	return -1
}

// of are the lines of an event under one regime.
func (rs Rules) of(e Event, regime Regime) Rules {
	var out Rules
	for i := range rs {
		if rs[i].answers(e, regime) {
			out = append(out, rs[i])
		}
	}
	return out
}

// answers says that a line belongs to the entry of an event under a regime.
func (r *Rule) answers(e Event, regime Regime) bool {
	return r.Event == e && r.Regime.holds(regime)
}

// ItemAccount is the account on which the item of an event stands; empty when the
// event opens none.
func (rs Rules) ItemAccount(e Event, regime Regime) string {
	for i := range rs {
		if r := &rs[i]; r.answers(e, regime) && r.Measure == Total && !strings.HasPrefix(r.Account, "@") {
			return r.Account
		}
	}
	return ""
}

// Line is one line of an entry: debits are positive, credits negative, in
// centimes.
type Line struct {
	Book    Book
	Account string
	Service Service
	// Rate is that of VAT; zero elsewhere.
	Rate   money.Rate
	Amount money.Amount
}

// Lines gives the lines of events that make one entry, by the rules: the lines
// of one book, account, service and rate are added up, zero lines are left out.
// Between two books the liaison account takes the difference. Errors: an event
// without rule is Precondition "ledger.rule_missing", a role without account
// Internal "ledger.role", amounts that do not balance Conflict
// "ledger.unbalanced".
func (rs Rules) Lines(regimes Regimes, oneBook bool, liaison string, events ...Facts) ([]Line, error) {
	b := builder{lines: make([]Line, 0, linesGuess)}
	for i := range events {
		f, own := &events[i], regimes
		if f.Regimes.told() {
			own = f.Regimes
		}
		found := false
		for i := range rs {
			if rs[i].Event != f.Event || !own.some(rs[i].Regime) {
				continue
			}
			found = true
			if err := b.apply(&rs[i], f, own, oneBook); err != nil {
				return nil, err
			}
		}
		if !found && f.Event != EventSettle {
			return nil, fault.New(fault.Precondition, "ledger.rule_missing", "event", string(f.Event), "regime", string(own.Main()))
		}
	}
	b.lines = slices.DeleteFunc(b.lines, func(l Line) bool { return l.Amount == 0 })
	if err := b.liaise(liaison); err != nil {
		return nil, err
	}
	return b.lines, nil
}

// linesGuess is room for the lines of a usual entry.
const linesGuess = 8

// builder adds lines up.
type builder struct{ lines []Line }

// apply adds what a rule makes of an event: of a split, the parts whose service is under the
// rule's regime; of another amount, the whole when the entity is.
func (b *builder) apply(r *Rule, f *Facts, regimes Regimes, oneBook bool) error {
	l := Line{Book: r.Book, Account: r.Account}
	if oneBook {
		l.Book = Managing
	}
	if strings.HasPrefix(r.Account, "@") {
		if l.Account = f.Roles[Role(r.Account)]; l.Account == "" {
			return fault.New(fault.Internal, "ledger.role", "role", r.Account)
		}
	}
	if s := f.splitOf(r.Measure); s != nil {
		for _, p := range s {
			if !r.takes(p) || !r.Regime.holds(regimes.Of(p.Service)) {
				continue
			}
			if r.Measure != Total {
				l.Service, l.Rate = p.Service, p.Rate
			}
			if err := b.add(l, p.Amount, (r.Side == Debited) != f.Undo); err != nil {
				return err
			}
		}
		return nil
	}
	if !r.Regime.holds(regimes.Main()) {
		return nil
	}
	return b.add(l, f.amountOf(r.Measure), (r.Side == Debited) != f.Undo)
}

func (b *builder) add(l Line, a money.Amount, debit bool) (err error) {
	if !debit {
		if a, err = a.Neg(); err != nil {
			return err
		}
	}
	for i := range b.lines {
		if k := &b.lines[i]; k.Book == l.Book && k.Account == l.Account && k.Service == l.Service && k.Rate == l.Rate {
			k.Amount, err = k.Amount.Add(a)
			return err
		}
	}
	l.Amount = a
	b.lines = append(b.lines, l)
	return nil
}

// liaise puts the difference of each book on the liaison account; together the
// books must balance.
func (b *builder) liaise(account string) error {
	var managing, collecting money.Amount
	for i := range b.lines {
		sum := &managing
		if b.lines[i].Book == Collecting {
			sum = &collecting
		}
		var err error
		if *sum, err = sum.Add(b.lines[i].Amount); err != nil {
			return err
		}
	}
	if managing+collecting != 0 {
		return fault.New(fault.Conflict, "ledger.unbalanced", "amount", managing+collecting)
	}
	if managing != 0 {
		b.lines = append(b.lines, Line{Book: Managing, Account: account, Amount: -managing}, Line{Book: Collecting, Account: account, Amount: managing})
	}
	return nil
}

// text writes the lines as the file of a set holds them, without its header.
func (rs Rules) text() string {
	var b strings.Builder
	for _, r := range rs {
		for i, cell := range []string{
			string(r.Event), string(r.Regime), string(r.Book), string(r.Side), r.Account, string(r.Measure), string(r.Service), string(r.Nature),
		} {
			if i > 0 {
				b.WriteByte(';')
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// digest is the SHA-256 of the lines as text, in hexadecimal.
func (rs Rules) digest() string {
	sum := sha256.Sum256([]byte(rs.text()))
	return hex.EncodeToString(sum[:])
}
