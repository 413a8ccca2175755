package ui

import (
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The spaces and signs of French figures.
const (
	// NarrowSpace parts the thousands.
	NarrowSpace = "\u202f"
	// HardSpace stands before a unit and before : ; ? %.
	HardSpace = "\u00a0"
	// Minus is the sign of negative figures, as wide as a plus.
	Minus = "\u2212"
	// Dash stands for zero in a column of amounts and for an unknown value.
	Dash = "–"
)

const (
	centimesPerUnit = 100
	thousands       = 3
)

// Money prints centimes as 1 234,56, zero as a dash. Any integer type of
// centimes will do, so that the kit depends on no money package.
func Money[A ~int64](centimes A) string {
	if centimes == 0 {
		return Dash
	}
	return MoneyExact(centimes)
}

// MoneyExact is [Money] with zero printed 0,00: for totals and tenders.
func MoneyExact[A ~int64](centimes A) string {
	// The magnitude is taken as unsigned: the smallest int64 has no opposite.
	negative, size := centimes < 0, uint64(centimes)
	if negative {
		size = -size
	}
	cents := strconv.FormatUint(size%centimesPerUnit, 10)
	if len(cents) == 1 {
		cents = "0" + cents
	}
	return sign(negative) + grouped(size/centimesPerUnit) + "," + cents
}

// Number prints an integer with its thousands parted: 19 268.
func Number[N ~int | ~int64](n N) string {
	negative, size := n < 0, uint64(n)
	if negative {
		size = -size
	}
	return sign(negative) + grouped(size)
}

// Count is [Number] with zero as a dash.
func Count[N ~int | ~int64](n N) string {
	if n == 0 {
		return Dash
	}
	return Number(n)
}

func sign(negative bool) string {
	if negative {
		return Minus
	}
	return ""
}

func grouped(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%thousands == 0 {
			b.WriteString(NarrowSpace)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Date prints an ISO date (2026-11-22) as 22/11/2026. An empty text stays
// empty; what is not an ISO date is printed as it came.
func Date(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return t.Format("02/01/2006")
}

// Instant prints a moment as 22/11/2026 08:15 in the zone of the environment;
// the zero moment is empty.
func (e Env) Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(e.zone()).Format("02/01/2006 15:04")
}

func (e Env) zone() *time.Location {
	if e.Zone == nil {
		return time.UTC
	}
	return e.Zone
}

// Code sets a code (contract, unit, series) in monospace, isolated from the
// direction of the text around it.
func Code(code string) g.Node {
	return g.El("bdi", h.Class("w-code"), g.Attr("dir", "ltr"), g.Text(code))
}

// Figure sets a figure so that its sign and spaces stay in place in Arabic.
func figure(value string) g.Node {
	return g.El("bdi", g.Attr("dir", "ltr"), g.Text(value))
}

// Key shows a key of the keyboard.
func Key(name string) g.Node { return h.Kbd(h.Class("w-kbd"), g.Text(name)) }

// TimeOf is a machine-readable moment shown as [Env.Instant] prints it.
func (e Env) TimeOf(t time.Time) g.Node {
	if t.IsZero() {
		return g.Text(Dash)
	}
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), figure(e.Instant(t)))
}
