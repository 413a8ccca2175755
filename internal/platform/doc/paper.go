package doc

import (
	"bytes"
	_ "embed" // the faces
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"wasl/internal/kernel/fault"
)

// Length is a length on paper, in hundredths of a millimetre.
type Length int

// MM is one millimetre.
const MM Length = 100

func (l Length) mm() float64 { return float64(l) / float64(MM) }

// Format is the size of a page.
type Format struct{ Width, Height Length }

// A4 and A5 stand upright.
func A4() Format { return Format{210 * MM, 297 * MM} }

// A5 is half an A4.
func A5() Format { return Format{148 * MM, 210 * MM} }

// Color is a colour of ink: red, green and blue.
type Color struct{ R, G, B uint8 }

// Ink is the colour of a text.
func Ink() Color { return Color{0x1b, 0x23, 0x30} }

// Muted is the colour of labels.
func Muted() Color { return Color{0x56, 0x60, 0x72} }

// Type is how a text is set.
type Type struct {
	// Size is in tenths of a point.
	Size int
	Bold bool
	// Color is black when it is not given.
	Color Color
}

//go:embed fonts/regular.ttf
var regularFace string

//go:embed fonts/bold.ttf
var boldFace string

const family = "wasl"

// faces are the styles of the family, as the library names them.
func faces() []string { return []string{"", "B"} }

// face is what is known of one style.
type face struct {
	// id is the name of the face inside every document.
	id string
	// widths are in thousandths of the size of the type, by rune.
	widths []int
}

// Fonts are the faces, read once, when the first document is made: every document takes
// names and widths from here. It is safe for concurrent use.
type Fonts struct {
	read    func() ([2]face, error)
	packers packers
}

// NewFonts gives the faces of the program.
func NewFonts() *Fonts { return &Fonts{read: sync.OnceValues(readFaces)} }

// lastRune is the end of what the faces may hold.
const lastRune = 0xffff

// readFaces measures the letters. Internal "doc.write" when the faces cannot be read.
func readFaces() (out [2]face, err error) {
	pdf := blank(A4(), time.Time{})
	const size = 10
	pdf.AddPage()
	for i, style := range faces() {
		pdf.SetFont(family, style, size)
		out[i].widths = make([]int, lastRune+1)
		for r := range out[i].widths {
			out[i].widths[r] = pdf.GetStringSymbolWidth(string(rune(r)))
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		return out, fault.Wrap(err, fault.Internal, CodeWrite)
	}
	for i, found := range regexp.MustCompile(`BT /F([0-9a-f]+) 10`).FindAllSubmatch(b.Bytes(), len(out)) {
		out[i].id = string(found[1])
	}
	if out[0].id == "" || out[1].id == "" {
		return out, fault.New(fault.Internal, CodeWrite)
	}
	return out, nil
}

// blank is an empty document with the faces.
func blank(format Format, at time.Time) *fpdf.Fpdf {
	size := fpdf.SizeType{Wd: format.Width.mm(), Ht: format.Height.mm()}
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: size})
	pdf.SetCompression(false) // see packers
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetProducer("wasl", false)
	pdf.SetLang("fr")
	pdf.AddUTF8FontFromBytes(family, faces()[0], []byte(regularFace))
	pdf.AddUTF8FontFromBytes(family, faces()[1], []byte(boldFace))
	return pdf
}

// Paper is a PDF document being written, page by page from the top left corner. It is
// not safe for concurrent use.
type Paper struct {
	packers *packers
	faces   [2]face
	pdf     *fpdf.Fpdf
	format  Format
	// used are the letters of each face that the document shows.
	used [2]map[rune]bool
	// raw is what is to be added to the page; set, fill and line are what the page was
	// told last.
	raw  []byte
	set  typeSet
	fill Color
	line stroke
}

// typeSet is the face and the size in force; none at the beginning of a page.
type typeSet struct{ face, size int }

// stroke is how a line is drawn.
type stroke struct {
	width Length
	color Color
	dash  Length
}

// New makes an empty document. At is written in it as its date: the same contents at
// the same instant give the same bytes. Internal "doc.write" when the faces cannot be
// read.
func (f *Fonts) New(format Format, title string, at time.Time) (*Paper, error) {
	known, err := f.read()
	if err != nil {
		return nil, err
	}
	p := &Paper{packers: &f.packers, faces: known, pdf: blank(format, at), format: format, used: [2]map[rune]bool{{}, {}}}
	p.pdf.SetTitle(title, true)
	return p, nil
}

// Page begins a page.
func (p *Paper) Page() {
	p.flush()
	p.pdf.AddPage()
	p.forget()
}

// forget makes the next drawing say its type and colours again.
func (p *Paper) forget() { p.set, p.fill, p.line = typeSet{}, Color{}, stroke{} }

// flush hands what was drawn to the page.
func (p *Paper) flush() {
	if len(p.raw) > 0 {
		p.pdf.RawWriteBuf(bytes.NewReader(p.raw))
		p.raw = p.raw[:0]
	}
}

// Pages is how many there are.
func (p *Paper) Pages() int { return p.pdf.PageCount() }

// Bytes ends the document. Internal "doc.write" when the library refuses it.
func (p *Paper) Bytes() ([]byte, error) {
	p.flush()
	// The library embeds of a face the letters it was told to set. They are set in a
	// drawing that no page shows.
	p.pdf.CreateTemplate(func(t *fpdf.Tpl) {
		for i, style := range faces() {
			t.SetFont(family, style, 1)
			t.Text(0, 0, string(slices.Sorted(maps.Keys(p.used[i]))))
		}
	})
	var b bytes.Buffer
	if err := p.pdf.Output(&b); err != nil {
		return nil, fault.Wrap(err, fault.Internal, CodeWrite)
	}
	return p.packers.pack(b.Bytes())
}
