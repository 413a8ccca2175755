package screen

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// labelled are the words for records by kind and id.
type labelled map[string]map[op.ID]string

// kindOf is the kind of record that a field of this name points at; empty when
// it points at none.
func kindOf(name string) string {
	switch name {
	case "unit", "user", "role", "entity", "operator", "customer", "service_point", "contract", "account", "route", "meter", "receipt":
		return name
	case "above", "payer", "holder":
		return "customer"
	case "parent", "from_unit", "home", "managing_unit", "collecting_unit":
		return "unit"
	case "receivable_account", "from_account":
		return "account"
	case "actor", "reviewer", "approver", "proposer", "owner", "cashier", "prepared_by", "approved_by", "decided_by", "closed_by", "imported_by",
		"activated_by", "requested_by":
		return "user"
	case "run":
		return "billing_run"
	case "session":
		return "cash_session"
	case "deposit":
		return "cheque_deposit"
	}
	return ""
}

// idOfText reads an id written as a text.
func idOfText(value any) op.ID {
	text, ok := value.(string)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	return op.ID(n)
}

// wordsOf finds the words for every record that some changes point at, one
// query by kind.
func (v *View) wordsOf(ctx context.Context, changes []op.Change) (labelled, error) {
	ids := map[string][]op.ID{}
	for _, c := range changes {
		for _, side := range []map[string]any{c.Before, c.After} {
			for name, value := range side {
				collect(ids, name, value)
			}
		}
	}
	words := labelled{}
	for kind, some := range ids {
		found, err := v.Labels(ctx, kind, some)
		if err != nil {
			return nil, err
		}
		words[kind] = found
	}
	return words, nil
}

// collect notes the ids of a value and of what it holds.
func collect(ids map[string][]op.ID, name string, value any) {
	switch x := value.(type) {
	case []any:
		for _, each := range x {
			collect(ids, name, each)
		}
	case map[string]any:
		for inner, each := range x {
			collect(ids, inner, each)
		}
	default:
		if kind, id := kindOf(name), idOfText(value); kind != "" && id != 0 {
			ids[kind] = append(ids[kind], id)
		}
	}
}

// plain is a JSON value in words: dates and amounts as they are printed, records
// by their labels, lists by their elements.
func (v *View) plain(name string, value any, words labelled) string {
	switch x := value.(type) {
	case nil:
		return ""
	case bool:
		return v.Show(op.Column{}, x)
	case string:
		return v.plainText(name, x, words)
	case json.Number:
		return x.String()
	case []any:
		parts := make([]string, 0, len(x))
		for _, each := range x {
			parts = append(parts, v.plain(name, each, words))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		return v.plainRecord(x, words)
	}
	body, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(body)
}

// Word is a text of a stored answer in words, by the name it was stored under.
func (v *View) Word(name, text string) string { return v.plainText(name, text, nil) }

func (v *View) plainText(name, text string, words labelled) string {
	if d, err := day.Parse(text); err == nil && len(text) == len("2006-01-02") {
		if name == "period" || name == "month" || strings.HasSuffix(name, "_month") {
			return v.Month(d)
		}
		return d.French()
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return v.Instant(at)
	}
	if w := words[kindOf(name)][idOfText(text)]; w != "" {
		return w
	}
	if name == "rights" || name == "right" || name == "right_a" || name == "right_b" {
		return v.RightLabel(text)
	}
	if amount, err := money.ParseAmount(text); err == nil && (name == "limit" || twoDecimals(text)) {
		return ui.MoneyExact(amount) + ui.HardSpace + v.Say("unit.dh")
	}
	for _, enum := range []string{name, "unit_" + name, "user_" + name, "session_" + name, "import_" + name, strings.TrimSuffix(name, "s")} {
		if key := "enum." + enum + "." + text; text != "" && v.Texts.Has(key) {
			return v.Say(key)
		}
	}
	return v.wordOf(name, text)
}

// twoDecimals says that a number is written as amounts are stored, to the centime:
// quantities have three decimals, rates four.
func twoDecimals(text string) bool {
	_, part, ok := strings.Cut(text, ".")
	return ok && len(part) == len("00")
}

// plainRecord is a record inside another one: its fields that say something.
func (v *View) plainRecord(fields map[string]any, words labelled) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		if text := v.plain(name, fields[name], words); text != "" {
			parts = append(parts, v.fieldWord(name)+ui.HardSpace+": "+text)
		}
	}
	return strings.Join(parts, " · ")
}

// fieldWord is the label of a field; a name that users made themselves (an attribute of
// a contract) is its own.
func (v *View) fieldWord(name string) string {
	if key := "field." + name; v.Texts.Has(key) {
		return v.Say(key)
	}
	return name
}
