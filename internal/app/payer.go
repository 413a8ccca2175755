package app

import (
	"context"
	"strings"
	"unicode"

	"wasl/internal/module/account"
	"wasl/internal/module/billing"
	"wasl/internal/module/collection"
	"wasl/internal/module/customer"
	"wasl/internal/module/metering"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// payersMax is the most payers that a search at the desk offers.
const payersMax = 12

// findPayers finds who pays by anything a cashier would type or scan. A number that
// names one thing exactly (a bill, a contract, an account) is that thing; else names and
// other words are looked for. It asks the operations, so that it sees what the person may.
func findPayers(ctx context.Context, v *screen.View, text string) ([]collection.Payer, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	for _, look := range []func(context.Context, *screen.View, string) ([]collection.Payer, error){
		payersByBill, payersOf, payersByWords, payersByMeter, payersByAccount,
	} {
		found, err := look(ctx, v, text)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// payersByBill finds a bill by its number, or by the code of its payment slip, which a
// reader types; the amount of the slip is that of the whole bill.
func payersByBill(ctx context.Context, v *screen.View, text string) ([]collection.Payer, error) {
	if !v.May("billing.bill.list") {
		return nil, nil
	}
	number, _, err := billing.ParseSlip(text)
	if err != nil {
		number = text
	}
	bills, _, err := screen.Rows[billing.Bill](ctx, v, "billing.bill.list", 1, "number", strings.ToUpper(number))
	if err != nil || len(bills) == 0 {
		return nil, err
	}
	found, err := payersOf(ctx, v, bills[0].Contract)
	for i := range found {
		// A bill and its item bear one identity.
		found[i].Bill, found[i].Item = bills[0].Number, bills[0].ID
	}
	return found, err
}

// payersOf finds a contract by its very code. It is looked for as one word: cut at its
// dashes, A-0000001 is also an Amina of number 100023, and there are many of those.
func payersOf(ctx context.Context, v *screen.View, code string) ([]collection.Payer, error) {
	if !v.May("customer.contract.list") {
		return nil, nil
	}
	word := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, code)
	rows, _, err := screen.Rows[customer.ContractRow](ctx, v, "customer.contract.list", payersMax, "text", word)
	for _, k := range rows {
		if strings.EqualFold(k.Code, code) {
			return []collection.Payer{payerOf(k)}, err
		}
	}
	return nil, err
}

// payerOf is the customer of a contract, with its account first.
func payerOf(k customer.ContractRow) collection.Payer {
	return collection.Payer{
		Kind: "contract", Code: k.Code, Label: k.CustomerName, Sub: strings.TrimSuffix(k.Address+", "+k.Locality, ", "), Customer: k.CustomerID, Account: k.Account,
	}
}

// payersByWords finds contracts by a part of their code and customers by name, phone or paper. A
// customer with several contracts is offered once, with all of them.
func payersByWords(ctx context.Context, v *screen.View, text string) ([]collection.Payer, error) {
	if !v.May("customer.contract.list") {
		return nil, nil
	}
	rows, _, err := screen.Rows[customer.ContractRow](ctx, v, "customer.contract.list", payersMax, "text", text)
	if err != nil {
		return nil, err
	}
	var out []collection.Payer
	at := map[op.ID]int{}
	for _, k := range rows {
		p := payerOf(k)
		p.Kind, p.Code, p.Account = "customer", k.CustomerCode, 0
		if i, known := at[k.CustomerID]; known {
			out[i].Sub += " \u00b7 " + k.Code
			continue
		}
		p.Sub += " \u00b7 " + k.Code
		at[k.CustomerID] = len(out)
		out = append(out, p)
	}
	return out, nil
}

// payersByMeter finds the contracts in force where a meter stands.
func payersByMeter(ctx context.Context, v *screen.View, text string) ([]collection.Payer, error) {
	if !v.May("metering.meter.list") || !v.May("metering.meter.show") || !v.May("customer.contract.list") {
		return nil, nil
	}
	meters, _, err := screen.Rows[metering.MeterRow](ctx, v, "metering.meter.list", payersMax, "text", text)
	if err != nil {
		return nil, err
	}
	var out []collection.Payer
	for _, meter := range meters {
		card, err := screen.Fetch[metering.MeterCard](ctx, v, "metering.meter.show", "id", meter.ID.String())
		if err != nil {
			return nil, err
		}
		if len(card.Stays) == 0 || !card.Stays[0].RemovedOn.IsZero() {
			continue
		}
		rows, _, err := screen.Rows[customer.ContractRow](ctx, v, "customer.contract.list", payersMax, "service_point", card.Stays[0].ServicePoint.String(),
			"state", string(customer.Active))
		if err != nil {
			return nil, err
		}
		for _, k := range rows {
			p := payerOf(k)
			p.Kind, p.Code = "meter", meter.Serial
			out = append(out, p)
		}
	}
	return out, nil
}

// payersByAccount finds an account by its very number: works, conventions.
func payersByAccount(ctx context.Context, v *screen.View, text string) ([]collection.Payer, error) {
	if !v.May("account.account.list") {
		return nil, nil
	}
	rows, _, err := screen.Rows[account.Row](ctx, v, "account.account.list", payersMax, "number", text)
	if err != nil {
		return nil, err
	}
	var out []collection.Payer
	for _, a := range rows {
		if strings.EqualFold(a.Number, text) {
			out = append(out, collection.Payer{Kind: "account", Code: a.Number, Label: a.Number, Account: a.ID})
		}
	}
	return out, nil
}
