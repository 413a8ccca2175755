package billing

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

// printState is the checkpoint of a print job. What is slow is made outside any
// transaction and waits here for the chunk that records it.
type printState struct {
	Print op.ID `json:"print"`
	// Done are the parts recorded.
	Done  int64 `json:"done"`
	Parts int64 `json:"parts"`
	Bills int64 `json:"bills"`
	// Part is one that was made; Whole is the whole file.
	Part  *printPart `json:"part,omitempty"`
	Whole *file.Ref  `json:"whole,omitempty"`
}

// snapshot reads in one.
type snapshot = func(ctx context.Context, fn func(context.Context, db.Reader) error) error

// printOutside makes the next part of a print file, or the whole, before the chunk that
// records it. It may be repeated: the same bills give the same file.
func (m *Module) printOutside(read snapshot) func(ctx context.Context, input, checkpoint []byte) ([]byte, error) {
	return func(ctx context.Context, _, checkpoint []byte) ([]byte, error) {
		var s printState
		if err := json.Unmarshal(checkpoint, &s); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
		if s.Part != nil || s.Whole != nil {
			return checkpoint, nil
		}
		var err error
		if s.Done < s.Parts {
			s.Part, err = m.makePart(ctx, read, &s)
		} else {
			s.Whole, err = m.makeWhole(ctx, read, &s)
		}
		if err != nil {
			return nil, err
		}
		next, err := json.Marshal(s)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "internal")
		}
		return next, nil
	}
}

// makePart prints the next part and stores it. Conflict "billing.print_changed" when the
// walk no longer has the bills that were counted.
func (m *Module) makePart(ctx context.Context, read snapshot, s *printState) (*printPart, error) {
	var part printPart
	var print Print
	var sheets []sheet
	err := read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		if print, err = findPrint(ctx, r, s.Print); err != nil {
			return err
		}
		if part, err = partOf(ctx, r, s.Print, s.Done+1); err != nil {
			return err
		}
		after := int64(-1) // ordinals count from 0
		if part.From > 0 {
			before, err := partOf(ctx, r, s.Print, s.Done)
			if err != nil {
				return err
			}
			after = before.Ordinal
		}
		bills, err := billsOfPart(ctx, r, print.Run, part, after)
		if err != nil {
			return err
		}
		if int64(len(bills)) != part.Bills {
			return fault.New(fault.Conflict, "billing.print_changed", "walk", part.RouteCode)
		}
		sheets, err = m.sheets(ctx, r, bills, historyMonths)
		return err
	})
	if err != nil {
		return nil, err
	}
	body, err := m.pressPart(sheets, &part, print.Duplicate)
	if err != nil {
		return nil, err
	}
	ref, err := m.files.Put(ctx, bytes.NewReader(body), printPartBytes)
	part.SHA256, part.Size = ref.SHA256, ref.Size
	return &part, err
}

// pressPart prints sheets into one file and counts them.
func (m *Module) pressPart(sheets []sheet, part *printPart, duplicate bool) ([]byte, error) {
	k, err := newPress(m.fonts, m.words, part.name(), sheets[0].card.recordedAt)
	if err != nil {
		return nil, err
	}
	for i := range sheets {
		s := &sheets[i]
		s.duplicate = duplicate
		if err := k.sheet(s); err != nil {
			return nil, err
		}
		if part.Total, err = part.Total.Add(s.card.Total); err != nil {
			return nil, err
		}
		part.Ordinal = s.card.ordinal
	}
	part.Pages = int64(k.p.Pages())
	part.First, part.Last = sheets[0].card.Number, sheets[len(sheets)-1].card.Number
	return k.p.Bytes()
}

// name is the name of a part inside the print file.
func (c *printPart) name() string {
	const digits = 10_000
	return strconv.FormatInt(digits+c.No, 10)[1:] + "-" + fileWord(c.RouteCode) + ".pdf"
}

// fileWord keeps of a code what every system takes in the name of a file.
func fileWord(s string) string {
	out := []byte(s)
	for i, c := range out {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			out[i] = '_'
		}
	}
	if len(out) == 0 {
		return "0"
	}
	return string(out)
}

// makeWhole packs the parts, with a list of what they hold, and stores the whole.
func (m *Module) makeWhole(ctx context.Context, read snapshot, s *printState) (*file.Ref, error) {
	var parts []printPart
	err := read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		parts, err = partsOf(ctx, r, s.Print)
		return err
	})
	if err != nil {
		return nil, err
	}
	source, write := io.Pipe()
	go func() { write.CloseWithError(m.pack(ctx, write, parts)) }()
	ref, err := m.files.Put(ctx, source, printBytes)
	if closing := source.Close(); err == nil {
		err = closing
	}
	return &ref, err
}

// pack writes the archive of a print file: PDF files are packed already and stored as
// they are.
func (m *Module) pack(ctx context.Context, out io.Writer, parts []printPart) error {
	archive := zip.NewWriter(out)
	list, err := archive.Create(m.words.T("bill.print.list"))
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, file.CodeWrite)
	}
	if err := m.control(list, parts); err != nil {
		return err
	}
	for i := range parts {
		if err := m.packPart(ctx, archive, &parts[i]); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (m *Module) packPart(ctx context.Context, archive *zip.Writer, c *printPart) error {
	into, err := archive.CreateHeader(&zip.FileHeader{Name: c.name(), Method: zip.Store})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, file.CodeWrite)
	}
	content, err := m.files.Open(ctx, c.ref())
	if err != nil {
		return err
	}
	_, err = io.Copy(into, content)
	if closing := content.Close(); err == nil {
		err = closing
	}
	return err
}

// control writes what each part holds, and the sums: what a printer counts against.
func (m *Module) control(out io.Writer, parts []printPart) error {
	w := csv.NewWriter(out)
	say := func(key string) string { return m.words.T("bill.print." + key) }
	rows := [][]string{{
		say("file"), say("walk"), say("bills"), say("pages"), say("total"), say("first"), say("last"), say("sha256"),
	}}
	sum := printPart{}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for i := range parts {
		c := &parts[i]
		total, err := sum.Total.Add(c.Total)
		if err != nil {
			return err
		}
		sum.Bills, sum.Pages, sum.Total = sum.Bills+c.Bills, sum.Pages+c.Pages, total
		rows = append(rows, []string{c.name(), c.RouteCode, number(c.Bills), number(c.Pages), c.Total.String(), c.First, c.Last, c.SHA256})
	}
	rows = append(rows, []string{say("sum"), "", number(sum.Bills), number(sum.Pages), sum.Total.String(), "", "", ""})
	if err := w.WriteAll(rows); err != nil {
		return fault.Wrap(err, fault.Unavailable, file.CodeWrite)
	}
	return nil
}
