package doc

import "math/bits"

// qrMasks is how many masks the standard knows.
const qrMasks = 8

// mask inverts the data by the mask that readers like best.
func (g *qrGrid) mask() {
	plain := g.dark
	best, least := 0, 0
	for m := range qrMasks {
		g.apply(&plain, m)
		if p := g.penalty(); m == 0 || p < least {
			best, least = m, p
		}
	}
	g.apply(&plain, best)
}

// qrPeriod is after how many rows and columns every mask begins again.
const qrPeriod = 12

// apply draws the data with a mask, and says which.
func (g *qrGrid) apply(plain *[qrSizeMax]uint64, m int) {
	var rows [qrPeriod]uint64
	for y := range qrPeriod {
		for x := range qrPeriod {
			if qrMasked(m, x, y) {
				rows[y] |= 1 << x
			}
		}
		for width := qrPeriod; width < g.size; width += width {
			rows[y] |= rows[y] << width
		}
	}
	for y := range g.size {
		g.dark[y] = plain[y] ^ rows[y%qrPeriod]&^g.fixed[y]&(1<<g.size-1)
	}
	g.format(m)
}

// qrMasked says whether a mask inverts a module (table 10 of the standard).
func qrMasked(m, x, y int) bool {
	switch m {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (x/3+y/2)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// penalty sums what makes a code hard to read: long rows of one colour, squares, rows
// that look like a corner, too much of one colour (7.8.3 of the standard).
func (g *qrGrid) penalty() int {
	const square, share, percent = 3, 10, 100
	sum, dark := 0, 0
	var columns [qrSizeMax]uint64
	for y := range g.size {
		row := g.dark[y]
		dark += bits.OnesCount64(row)
		sum += g.row(row)
		for rest := row; rest != 0; rest &= rest - 1 {
			columns[bits.TrailingZeros64(rest)] |= 1 << y
		}
		if y+1 < g.size {
			next := g.dark[y+1]
			all := row & (row >> 1) & next & (next >> 1)
			none := ^(row | row>>1 | next | next>>1) & (1<<(g.size-1) - 1)
			sum += square * bits.OnesCount64(all|none)
		}
	}
	for _, column := range columns[:g.size] {
		sum += g.row(column)
	}
	// Each whole step of 5 % away from one half counts.
	away := abs(dark*2-g.size*g.size) * percent / (g.size * g.size) / share
	return sum + away*share
}

// row is the penalty of a row or a column: of n modules of one colour, five or more,
// n - 2; of what looks like a corner with light beside it, 40.
func (g *qrGrid) row(row uint64) int {
	const long, corner, width = 5, 40, 11
	const before, after = 0b00001011101, 0b10111010000
	sum := 0
	for _, line := range [2]uint64{row, ^row & (1<<g.size - 1)} {
		five := line & (line >> 1)
		five &= five >> 2 & (line >> (long - 1))
		sum += bits.OnesCount64(five) + 2*bits.OnesCount64(five&^(five<<1))
	}
	for x := range g.size - width + 1 {
		if seen := row >> x & (1<<width - 1); seen == before || seen == after {
			sum += corner
		}
	}
	return sum
}
