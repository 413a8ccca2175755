package metering

import (
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// indexAt is an index of one register.
type indexAt struct {
	register string
	index    money.Quantity
}

// indexes reads what a person typed for a meter: one index for a meter with one
// register, "REGISTER=INDEX" for each register of a meter with several. Every register
// must have one, and the dial must be able to show it.
func indexes(path string, one money.Quantity, several []string, dials map[string]Dial) ([]indexAt, error) {
	if _, single := dials[""]; single {
		if len(several) > 0 {
			return nil, fault.InvalidField(path, "metering.one_register")
		}
		return []indexAt{{"", one}}, dials[""].CheckIndex(path, one)
	}
	var out []indexAt
	seen := map[string]bool{}
	for _, text := range several {
		register, value, found := strings.Cut(text, "=")
		d, known := dials[strings.TrimSpace(register)]
		if !found || !known || seen[register] {
			return nil, fault.InvalidField(path, "metering.register_unknown", "register", register)
		}
		index, err := money.ParseQuantity(value)
		if err != nil {
			return nil, fault.InvalidField(path, "input.quantity")
		}
		if err := d.CheckIndex(path, index); err != nil {
			return nil, err
		}
		seen[register] = true
		out = append(out, indexAt{strings.TrimSpace(register), index})
	}
	if len(out) != len(dials) {
		return nil, fault.InvalidField(path, "metering.registers_missing", "count", len(dials))
	}
	return out, nil
}
