package ledger

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// JournalLine is a line of the journal with what its entry says, as exported.
type JournalLine struct {
	Entry       op.ID    `json:"entry"`
	Line        int64    `json:"line"`
	Journal     Journal  `json:"journal"`
	Event       Event    `json:"event"`
	EffectiveOn day.Date `json:"effective_on"`
	// AccountingOn is the day of the journal: that of the fact, or the first of the month
	// that holds it when its own was closed.
	AccountingOn day.Date  `json:"accounting_on"`
	Period       day.Date  `json:"period" out:"month"`
	RecordedAt   time.Time `json:"recorded_at"`
	Unit         op.ID     `json:"unit" out:"ref=unit"`
	// UnitCode and EntityCode name the books: with the journal they name a series of
	// numbers.
	UnitCode   string `json:"unit_code"`
	EntityCode string `json:"entity_code"`
	// Number is the legal number of the entry in its series, "2026-00000042"; empty while
	// its month is open. ValidatedOn is the day on which the month was closed.
	Number       string       `json:"number"`
	ValidatedOn  day.Date     `json:"validated_on"`
	Document     string       `json:"document"`
	Label        string       `json:"label"`
	Account      string       `json:"account"`
	AccountLabel string       `json:"account_label"`
	Receivable   op.ID        `json:"receivable_account" out:"ref=account"`
	Service      Service      `json:"service"`
	Section      string       `json:"section"`
	Debit        money.Amount `json:"debit"`
	Credit       money.Amount `json:"credit"`
	Batch        op.ID        `json:"batch"`
	Reverses     op.ID        `json:"reverses"`
}

// eventOpening is what the lines before the first day of an export come to.
const eventOpening Event = "opening"

// PageKey is the row's place in its list.
func (l JournalLine) PageKey(sort string) []string {
	line := strconv.FormatInt(l.Line, 10)
	if sort == sortNumber {
		return []string{l.AccountingOn.String(), strconv.FormatInt(l.RecordedAt.UnixMicro(), 10), l.Entry.String(), line}
	}
	return []string{l.EffectiveOn.String(), l.Entry.String(), line}
}

func (l JournalLine) amount() money.Amount { return l.Debit - l.Credit }

// openingLines are balances as the lines of one entry on a day; it balances, since
// every entry before it did.
func openingLines(balances []Balance, labels map[string]string, on day.Date) []JournalLine {
	var out []JournalLine
	for i, b := range balances {
		l := JournalLine{
			Line: int64(i + 1), Journal: JournalMisc, Event: eventOpening, EffectiveOn: on, AccountingOn: on,
			Period:  day.MonthOf(on).First(),
			Account: b.Account, AccountLabel: labels[b.Account],
		}
		if b.Balance > 0 {
			l.Debit = b.Balance
		} else {
			l.Credit = -b.Balance
		}
		if b.Balance != 0 {
			out = append(out, l)
		}
	}
	return out
}

// currency is the commodity of the plain-text journal.
const currency = "MAD"

// hledger writes the journal as plain text for hledger: a transaction an entry,
// and at the end of each month the balance of every account as an assertion,
// which the other program computes by itself.
type hledger struct {
	w        *bufio.Writer
	entry    op.ID
	begun    bool
	month    day.Month
	balances map[string]money.Amount
}

func newHledger(w io.Writer) op.RowFormat {
	return &hledger{w: bufio.NewWriter(w), balances: map[string]money.Amount{}}
}

// Begin implements op.RowFormat.
func (h *hledger) Begin() error {
	_, err := fmt.Fprintf(h.w, "commodity 1000.00 %s\n", currency)
	return err
}

// Row implements op.RowFormat.
func (h *hledger) Row(row any) error {
	l, ok := row.(JournalLine)
	if !ok {
		return fmt.Errorf("ledger: a row of type %T", row)
	}
	if month := day.MonthOf(l.EffectiveOn); h.begun && month != h.month {
		if err := h.assert(); err != nil {
			return err
		}
	}
	if !h.begun || l.Entry != h.entry {
		if err := h.head(l); err != nil {
			return err
		}
	}
	h.begun, h.entry, h.month = true, l.Entry, day.MonthOf(l.EffectiveOn)
	name := accountName(l.Account, l.AccountLabel)
	if _, seen := h.balances[name]; !seen {
		h.balances[name] = 0
	}
	sum, err := h.balances[name].Add(l.amount())
	if err != nil {
		return err
	}
	h.balances[name] = sum
	_, err = fmt.Fprintf(h.w, "    %s  %s %s\n", name, l.amount(), currency)
	return err
}

// head writes the first line of a transaction.
func (h *hledger) head(l JournalLine) error {
	_, err := fmt.Fprintf(h.w, "\n%s (%s-%s) %s\n    ; event:%s, period:%s, unit:%d\n",
		l.EffectiveOn, strings.ToUpper(string(l.Journal)), cmp.Or(l.Number, l.Entry.String()), plainText(l.Document+" "+l.Label), l.Event,
		day.MonthOf(l.Period), int64(l.Unit))
	return err
}

// assert writes what every account comes to at the end of the month.
func (h *hledger) assert() error {
	names := make([]string, 0, len(h.balances))
	for name := range h.balances {
		names = append(names, name)
	}
	slices.Sort(names)
	if _, err := fmt.Fprintf(h.w, "\n%s balances\n", h.month.Last()); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := fmt.Fprintf(h.w, "    %s  0.00 %s = %s %s\n", name, currency, h.balances[name], currency); err != nil {
			return err
		}
	}
	return nil
}

// End implements op.RowFormat.
func (h *hledger) End() error {
	if h.begun {
		if err := h.assert(); err != nil {
			return err
		}
	}
	return h.w.Flush()
}

// accountName is the number and label of an account without what the format reads
// as its own.
func accountName(code, label string) string {
	return strings.TrimSpace(code + " " + strings.NewReplacer(":", " ", "(", "", ")", "").Replace(plainText(label)))
}

// plainText is a text on one line without runs of spaces or marks of comments.
func plainText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == ';' || r == '|' {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// joined are the opening lines and then the others.
func joined(opening []JournalLine, rest iter.Seq2[JournalLine, error]) iter.Seq2[JournalLine, error] {
	return func(yield func(JournalLine, error) bool) {
		for _, l := range opening {
			if !yield(l, nil) {
				return
			}
		}
		for l, err := range rest {
			if !yield(l, err) {
				return
			}
		}
	}
}

// exportRows gives the lines of an export in order, opening balances first when it
// begins on a day.
func (m *Module) exportRows(ctx context.Context, x *op.Exec, in ExportFilter) iter.Seq2[JournalLine, error] {
	var opening []JournalLine
	if !in.From.IsZero() && len(x.Page.After) == 0 {
		balances, err := m.openingBalances(ctx, x, in)
		if err != nil {
			return db.Failed[JournalLine](err)
		}
		labels, err := accountLabels(ctx, x.R)
		if err != nil {
			return db.Failed[JournalLine](err)
		}
		opening = openingLines(balances, labels, in.From)
	}
	return joined(opening, journalLines(ctx, x, in))
}

// openingBalances are what came before an export: by effective date, or in the order
// of the numbers by accounting date, where charges and revenue of past exercises have
// become a result.
func (m *Module) openingBalances(ctx context.Context, x *op.Exec, in ExportFilter) ([]Balance, error) {
	if x.Page.Sort != sortNumber {
		return sumsBefore(ctx, x, in, in.From)
	}
	f, err := m.fiscalOf(ctx, x.R, in.Entity, in.From)
	if err != nil {
		return nil, err
	}
	exercise, err := day.New(yearFrom(in.From, f.exercise), time.Month(f.exercise), 1)
	if err != nil {
		return nil, err
	}
	past, err := sumsBefore(ctx, x, in, exercise)
	if err != nil {
		return nil, err
	}
	all, err := sumsBefore(ctx, x, in, in.From)
	if err != nil {
		return nil, err
	}
	return withResult(past, all)
}

// The accounts of a result that is not yet allotted (CGNC, rubrique 118).
const (
	profitAccount = "1181"
	lossAccount   = "1189"
)

// withResult takes charges and revenue of past exercises out of balances and puts
// their sum on the account of the result. past and all are in the order of accounts.
func withResult(past, all []Balance) ([]Balance, error) {
	old := map[string]money.Amount{}
	var result money.Amount
	var err error
	for _, b := range past {
		if !sectioned(b.Account) {
			continue
		}
		old[b.Account] = b.Balance
		if result, err = result.Add(b.Balance); err != nil {
			return nil, err
		}
	}
	out := make([]Balance, 0, len(all)+1)
	for _, b := range all {
		b.Balance -= old[b.Account] // a part of what was added up
		out = append(out, b)
	}
	if result != 0 {
		b := Balance{Account: profitAccount, Balance: result}
		if result > 0 {
			b.Account = lossAccount
		}
		out = append(out, b)
	}
	slices.SortStableFunc(out, func(a, b Balance) int { return cmp.Compare(a.Account, b.Account) })
	return out, nil
}
