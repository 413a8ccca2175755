package doc

// The QR code of ISO/IEC 18004 in byte mode, error correction M, versions 1 to 10: what a
// payment slip and a receipt need. It is here because print files need thousands a
// second; the tests hold it against another encoder, module by module.

// qrVersion is how a version parts its codewords: blocks of data codewords, each with its
// own correction.
type qrVersion struct {
	correction    int
	short, length int // blocks with length data codewords
	long          int // blocks with one more
	alignment     []int
}

// qrVersions are table 9 and annex E of the standard for level M; versions count from 1.
func qrVersions() []qrVersion {
	return []qrVersion{
		{10, 1, 16, 0, nil},
		{16, 1, 28, 0, []int{6, 18}},
		{26, 1, 44, 0, []int{6, 22}},
		{18, 2, 32, 0, []int{6, 26}},
		{24, 2, 43, 0, []int{6, 30}},
		{16, 4, 27, 0, []int{6, 34}},
		{18, 4, 31, 0, []int{6, 22, 38}},
		{22, 2, 38, 2, []int{6, 24, 42}},
		{22, 3, 36, 2, []int{6, 26, 46}},
		{26, 4, 43, 1, []int{6, 28, 50}},
	}
}

func (v qrVersion) dataBytes() int { return v.short*v.length + v.long*(v.length+1) }

// qrLongCount is the version from which the count of bytes takes two bytes.
const qrLongCount = 10

// qrSizeMax is the width of the largest version; a row fits into 64 bits.
const qrSizeMax = 57

// qrGrid is a code being drawn: rows of dark modules, and of those that are not data. The
// module at x is the bit of that place.
type qrGrid struct {
	size  int
	dark  [qrSizeMax]uint64
	fixed [qrSizeMax]uint64
}

func (g *qrGrid) set(x, y int, dark bool) {
	g.fixed[y] |= 1 << x
	g.dark[y] &^= 1 << x
	if dark {
		g.dark[y] |= 1 << x
	}
}

func (g *qrGrid) at(x, y int) bool { return g.dark[y]>>x&1 != 0 }

// qrEncode draws a content; nil when it is too long.
func qrEncode(content string) *qrGrid {
	for i, v := range qrVersions() {
		version := i + 1
		header := 2 // mode and count are 12 bits
		if version >= qrLongCount {
			header = 3
		}
		if len(content)+header > v.dataBytes() {
			continue
		}
		const base, step = 17, 4
		size := base + step*version
		g := &qrGrid{size: size}
		g.patterns(v, version)
		g.place(v.interleaved(qrData(content, v.dataBytes(), version >= qrLongCount)))
		g.mask()
		return g
	}
	return nil
}

// qrData are the data codewords: mode, count, bytes, end, padding.
func qrData(content string, n int, long bool) []byte {
	const mode, nibble, low = 4, 4, 0x0f
	out := make([]byte, 0, n)
	// Everything after the mode is shifted by half a byte.
	half := byte(mode)
	push := func(b byte) {
		out = append(out, half<<nibble|b>>nibble)
		half = b & low
	}
	if long {
		push(byte(len(content) >> 8))
	}
	push(byte(len(content)))
	for i := range len(content) {
		push(content[i])
	}
	push(0) // the end, and the other half of the last byte
	for pad := byte(0xec); len(out) < n; pad ^= 0xec ^ 0x11 {
		out = append(out, pad)
	}
	return out[:n]
}

// interleaved puts the codewords of the blocks in the order in which they are drawn.
func (v qrVersion) interleaved(data []byte) []byte {
	divisor := qrDivisor(v.correction)
	blocks, checks := [][]byte{}, [][]byte{}
	for i := range v.short + v.long {
		n := v.length
		if i >= v.short {
			n++
		}
		blocks, checks = append(blocks, data[:n]), append(checks, qrRemainder(data[:n], divisor))
		data = data[n:]
	}
	var out []byte
	for i := range v.length + 1 {
		for _, b := range blocks {
			if i < len(b) {
				out = append(out, b[i])
			}
		}
	}
	for i := range v.correction {
		for _, c := range checks {
			out = append(out, c[i])
		}
	}
	return out
}

// qrMultiply multiplies in the field of 256 elements with the polynomial 0x11d.
func qrMultiply(a, b byte) byte {
	const polynomial, bits = 0x11d, 8
	z := 0
	for i := bits - 1; i >= 0; i-- {
		z = z<<1 ^ z>>(bits-1)*polynomial
		z ^= int(b>>i&1) * int(a)
	}
	return byte(z)
}

// qrDivisor is the generator polynomial of a degree, without its first coefficient.
func qrDivisor(degree int) []byte {
	out := make([]byte, degree)
	out[degree-1] = 1
	root := byte(1)
	for range degree {
		for j := range out {
			out[j] = qrMultiply(out[j], root)
			if j+1 < degree {
				out[j] ^= out[j+1]
			}
		}
		root = qrMultiply(root, 2)
	}
	return out
}

// qrRemainder are the correction codewords of a block.
func qrRemainder(data, divisor []byte) []byte {
	out := make([]byte, len(divisor))
	for _, b := range data {
		factor := b ^ out[0]
		copy(out, out[1:])
		out[len(out)-1] = 0
		if factor != 0 {
			for i, d := range divisor {
				out[i] ^= qrMultiply(d, factor)
			}
		}
	}
	return out
}

// patterns draws what every code of a version has.
func (g *qrGrid) patterns(v qrVersion, version int) {
	const timing = 6
	for i := range g.size {
		g.set(timing, i, i%2 == 0)
		g.set(i, timing, i%2 == 0)
	}
	const middle = 3
	g.finder(middle, middle)
	g.finder(g.size-1-middle, middle)
	g.finder(middle, g.size-1-middle)
	last := len(v.alignment) - 1
	for i, x := range v.alignment {
		for j, y := range v.alignment {
			if i == 0 && (j == 0 || j == last) || i == last && j == 0 {
				continue
			}
			for dy := -2; dy <= 2; dy++ {
				for dx := -2; dx <= 2; dx++ {
					g.set(x+dx, y+dy, max(abs(dx), abs(dy)) != 1)
				}
			}
		}
	}
	g.format(0) // reserves its place
	g.version(version)
}

// finder draws a corner with the light ring around it.
func (g *qrGrid) finder(x, y int) {
	const reach = 4
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			if far := max(abs(dx), abs(dy)); x+dx >= 0 && x+dx < g.size && y+dy >= 0 && y+dy < g.size {
				g.set(x+dx, y+dy, far != 2 && far != reach)
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

// format draws level and mask, twice.
func (g *qrGrid) format(mask int) {
	const generator, degree, hide, count = 0x537, 10, 0x5412, 15
	rest := mask // level M is 00
	for range degree {
		rest = rest<<1 ^ rest>>(degree-1)*generator
	}
	bits := (mask<<degree | rest) ^ hide
	at := func(i int) bool { return bits>>i&1 != 0 }
	for i := range 6 {
		g.set(8, i, at(i))
	}
	g.set(8, 7, at(6))
	g.set(8, 8, at(7))
	g.set(7, 8, at(8))
	for i := 9; i < count; i++ {
		g.set(14-i, 8, at(i))
	}
	for i := range 8 {
		g.set(g.size-1-i, 8, at(i))
	}
	for i := 8; i < count; i++ {
		g.set(8, g.size-count+i, at(i))
	}
	g.set(8, g.size-8, true)
}

// version draws the number of a version from 7 on, twice.
func (g *qrGrid) version(version int) {
	const generator, degree, count, from, width = 0x1f25, 12, 18, 7, 3
	if version < from {
		return
	}
	rest := version
	for range degree {
		rest = rest<<1 ^ rest>>(degree-1)*generator
	}
	bits := version<<degree | rest
	for i := range count {
		x, y, dark := g.size-11+i%width, i/width, bits>>i&1 != 0
		g.set(x, y, dark)
		g.set(y, x, dark)
	}
}

// place draws the codewords in the zigzag of two columns from the right.
func (g *qrGrid) place(codewords []byte) {
	const timing, bitsPerByte = 6, 8
	n := 0
	for right := g.size - 1; right >= 1; right -= 2 {
		if right == timing {
			right--
		}
		for step := range g.size {
			y := step
			if (right+1)&2 == 0 { // upwards
				y = g.size - 1 - step
			}
			for x := right; x > right-2; x-- {
				if g.fixed[y]>>x&1 == 0 && n < len(codewords)*bitsPerByte {
					g.dark[y] |= uint64(codewords[n/bitsPerByte]>>(bitsPerByte-1-n%bitsPerByte)&1) << x
					n++
				}
			}
		}
	}
}
