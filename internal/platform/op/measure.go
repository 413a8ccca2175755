package op

import (
	"reflect"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// hand says who wrote the texts of an input, which decides what 1.234 and 20
// may mean.
type hand int

const (
	// byProgram: the plain form of the API and of what is stored, where 1.234 is
	// one and a part, and a rate is a proportion.
	byProgram hand = iota
	// atTerminal: plain numbers as the program prints them, typed ones too; a rate
	// from 1 needs its sign, for 20 could be meant as 20 %.
	atTerminal
	// inForm: as a person types it; 1.234 is refused, since it could be meant as
	// thousands.
	inForm
)

// handOf is the hand behind a channel.
func handOf(c Channel) hand {
	switch c {
	case Web:
		return inForm
	case Console:
		return atTerminal
	}
	return byProgram
}

// measured is what prices, quantities and rates have in common.
type measured interface {
	~int64
	French() string
}

// parseMeasure reads a price, a quantity or a rate.
func (f *Field) parseMeasure(s string, by hand) (reflect.Value, *fault.Field) {
	switch f.Type {
	case Price:
		return measureOf(f, s, by != inForm, money.ParsePlain[money.Price], money.ParsePrice)
	case Quantity:
		return measureOf(f, s, by != inForm, money.ParsePlain[money.Quantity], money.ParseQuantity)
	}
	return measureOf(f, s, by == byProgram, money.ParsePlain[money.Rate], money.ParseRate)
}

// measureOf reads the plain form where it may be meant, then the typed one. What
// is wrong with the typed form is said by its own code; a text that is no number
// at all gets the example of its type.
func measureOf[N measured](f *Field, s string, plain bool, fromPlain, fromTyped func(string) (N, error)) (reflect.Value, *fault.Field) {
	n, err := fromPlain(s)
	if err != nil || !plain {
		n, err = fromTyped(s)
	}
	if e := fault.As(err); e != nil {
		if e.Code == "input.number" {
			return reflect.Value{}, bad("input." + string(f.Type))
		}
		return reflect.Value{}, &fault.Field{Code: e.Code, Args: e.Args}
	}
	if int64(n) < f.Min || int64(n) > f.Max {
		return reflect.Value{}, bad("input.range", "min", N(f.Min), "max", N(f.Max))
	}
	return reflect.ValueOf(n), nil
}
