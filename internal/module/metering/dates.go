package metering

import (
	"time"

	"wasl/internal/kernel/day"
)

// Bounds of the comparison between a declared and a real length.
const (
	// daysPerMonthTenths is the mean month in tenths of a day, 30.4: good enough to
	// tell two months from four.
	daysPerMonthTenths = 304
	// lengthTenthsMin is by how much exchanging day and month must bring the lengths
	// nearer to those declared, in tenths of a month: two months.
	lengthTenthsMin = 20
)

// Swapped exchanges day and month of a date; false when that gives no date or
// the same one.
func Swapped(d day.Date) (day.Date, bool) {
	year, month, dom := d.Civil()
	if d.IsZero() || dom == int(month) {
		return day.Date{}, false
	}
	s, err := day.New(year, time.Month(dom), int(month))
	return s, err == nil
}

// SwapReason says why day and month are held to be exchanged.
type SwapReason string

// The reasons.
const (
	// ByOrder: the date comes before the one it must follow, or after the one it
	// must precede, and exchanging mends it.
	ByOrder SwapReason = "order"
	// ByLength: the months declared for the period and for the next one fit
	// the exchanged date, not the date itself.
	ByLength SwapReason = "length"
)

// Swap is a proposal: a date whose day and month seem to be exchanged.
type Swap struct {
	// At is the place in the chain.
	At int
	// Is stands in the file, Proposed would fit.
	Is, Proposed day.Date
	Reason       SwapReason
}

// Swaps looks along a chain in its true order (SortLinks) for dates that only fit
// when day and month are exchanged. It proposes, it changes nothing; the neighbours
// are taken as they are, but for those already found.
func Swaps(links []Link) []Swap {
	var out []Swap
	dates := make([]day.Date, len(links))
	for i := range links {
		dates[i] = links[i].Date
	}
	for i := range links {
		proposed, ok := Swapped(dates[i])
		if !ok {
			continue
		}
		var reason SwapReason
		switch fits := between(dates, i, proposed); {
		case fits && !between(dates, i, dates[i]):
			reason = ByOrder
		case fits && lengthGain(links, dates, i, proposed) >= lengthTenthsMin:
			reason = ByLength
		default:
			continue
		}
		out = append(out, Swap{i, dates[i], proposed, reason})
		dates[i] = proposed
	}
	return out
}

// between says that a date fits between its neighbours.
func between(dates []day.Date, i int, d day.Date) bool {
	return (i == 0 || dates[i-1].Before(d)) && (i == len(dates)-1 || d.Before(dates[i+1]))
}

// lengthGain is by how much a date brings the lengths before and after it nearer
// to those declared, in tenths of a month; 0 when nothing was declared.
func lengthGain(links []Link, dates []day.Date, i int, proposed day.Date) int {
	return lengthError(links, dates, i, dates[i]) - lengthError(links, dates, i, proposed)
}

func lengthError(links []Link, dates []day.Date, i int, d day.Date) (sum int) {
	if i > 0 && links[i].Months > 0 {
		sum += monthsOff(dates[i-1], d, links[i].Months)
	}
	if i+1 < len(links) && links[i+1].Months > 0 {
		sum += monthsOff(d, dates[i+1], links[i+1].Months)
	}
	return sum
}

// monthsOff is how far a period is from a number of months, in tenths.
func monthsOff(from, to day.Date, months int64) int {
	off := from.DaysUntil(to)*100/daysPerMonthTenths - int(months)*10
	return max(off, -off)
}
