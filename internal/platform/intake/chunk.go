package intake

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/file"
)

// script is everything needed to go on reading a file: it is in the checkpoint.
type script struct {
	Ref    file.Ref `json:"ref"`
	Form   Form     `json:"form"`
	Layout layout   `json:"layout"`
}

// chunk is a part of a file: the rows of one step.
type chunk struct {
	rows []*Row
	from position
	to   position
	// last says that the file ends behind it, and open that it ends inside a quoted
	// cell.
	last, open bool
}

// reading is a file being read for a batch: the rows of the last step, and those of
// the next one, which are read while the database works.
type reading struct {
	src *source
	chunk
	ahead chan ahead
}

// ahead is what was read for the next step.
type ahead struct {
	chunk chunk
	err   error
}

// close ends the reading, once the part being read is read.
func (rd *reading) close() error {
	if rd.ahead != nil {
		<-rd.ahead
		rd.ahead = nil
	}
	return rd.src.close()
}

// readers keep the files of the batches being taken in open between their steps, with
// the rows of the last one, in case it is run again. They are only a memory: a step
// finds its place by its checkpoint in any case.
type readers struct {
	mu  sync.Mutex
	all map[int64]*reading
}

// readersMax bounds them, and with them the memory they hold.
const readersMax = 4

// take removes the reader of a batch, so that one step has it.
func (r *readers) take(batch int64) *reading {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.all[batch]
	delete(r.all, batch)
	return found
}

// put keeps a reader. When there are too many another one is closed; its batch will
// open its file again.
func (r *readers) put(batch int64, rd *reading) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[int64]*reading{}
	}
	var err error
	for other, old := range r.all {
		if len(r.all) < readersMax {
			break
		}
		delete(r.all, other)
		err = errors.Join(err, old.close())
	}
	r.all[batch] = rd
	return err
}

// drop closes the reader of a batch that has come to its end.
func (s *Store) drop(batch int64) error {
	if rd := s.live.take(batch); rd != nil {
		return rd.close()
	}
	return nil
}

// chunkAt gives the rows that begin at a position: those of the last step again, the
// ones that follow, or, when this process has not read so far, those found by
// reading on from there.
func (s *Store) chunkAt(ctx context.Context, batch int64, k *kindInfo, sc script, at position) (*chunk, error) {
	rd := s.live.take(batch)
	if rd != nil && rd.rows != nil && rd.from == at {
		for _, row := range rd.rows {
			row.reset()
		}
		return &rd.chunk, s.live.put(batch, rd)
	}
	if rd != nil && rd.to != at {
		if err := rd.close(); err != nil {
			return nil, err
		}
		rd = nil
	}
	// The file stays open for the steps to come: their own context ends before.
	staying := context.WithoutCancel(ctx)
	if rd == nil {
		src, err := s.read(staying, sc.Ref, sc.Form, at)
		if err != nil {
			return nil, err
		}
		rd = &reading{src: src}
		rd.read(staying, k, sc, at)
	}
	next := <-rd.ahead
	rd.ahead, rd.chunk = nil, next.chunk
	if next.err != nil {
		return nil, errors.Join(next.err, rd.src.close())
	}
	if !rd.last {
		rd.read(staying, k, sc, rd.to)
	}
	return &rd.chunk, s.live.put(batch, rd)
}

// read begins to read the rows of the next step.
func (rd *reading) read(ctx context.Context, k *kindInfo, sc script, from position) {
	done := make(chan ahead, 1)
	rd.ahead = done
	go func() {
		next := ahead{err: fault.New(fault.Internal, "internal", "reading", sc.Ref.SHA256)}
		defer func() {
			_ = recover() // a defect is the error of this step, never the end of the process
			done <- next
		}()
		next.chunk, next.err = readChunk(ctx, rd.src, newBuilder(k, sc))
		next.chunk.from = from
	}()
}

// readChunk reads records until there are enough or the file ends.
func readChunk(ctx context.Context, src *source, b *builder) (c chunk, err error) {
	for !b.full() {
		rec, err := src.next()
		if errors.Is(err, io.EOF) {
			c.last = true
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c, plainFault(err)
		}
		c.open = c.open || rec.open
		if !rec.blank() {
			b.add(rec)
		}
	}
	c.rows, c.to = b.rows, src.at()
	if c.rows == nil {
		c.rows = []*Row{}
	}
	return c, nil
}

// builder makes rows out of records.
type builder struct {
	kind   *kindInfo
	layout layout
	own    int // columns of the file itself
	sheet  bool
	rows   []*Row
	bytes  int
	cells  int
	slab   []Row
	texts  []string
	values []value
	most   int
}

func newBuilder(k *kindInfo, sc script) *builder {
	return &builder{kind: k, layout: sc.Layout, own: readable(sc.Form.Header), sheet: sc.Form.Charset == Workbook, most: cmp.Or(k.chunkRows, ChunkRows)}
}

// full says that a chunk has enough: of rows, of bytes or of cells.
func (b *builder) full() bool {
	return len(b.rows) >= b.most || b.bytes >= chunkBytes || b.cells >= chunkCells
}

// slabRows are the rows allocated at once.
const slabRows = 1024

// next gives an empty row.
func (b *builder) next() *Row {
	width := len(b.kind.columns)
	if len(b.slab) == 0 {
		b.slab, b.texts, b.values = make([]Row, slabRows), make([]string, slabRows*width), make([]value, slabRows*width)
	}
	row := &b.slab[0]
	row.kind, row.cells, row.values = b.kind, b.texts[:width:width], b.values[:width:width]
	b.slab, b.texts, b.values = b.slab[1:], b.texts[width:], b.values[width:]
	return row
}

// add makes a row of a record and reads its cells.
func (b *builder) add(rec record) {
	row := b.next()
	b.rows = append(b.rows, row)
	b.bytes += rec.bytes
	b.cells += len(rec.cells)
	row.Line, row.raw = rec.line, rec.cells
	if b.sheet {
		rec.cells = evened(rec.cells, len(b.layout))
		row.raw = rec.cells
	}
	switch {
	case rec.fault != "":
		row.RejectRow(rec.fault, "max", RecordBytesMax, "value", shown(firstOf(rec.cells)))
	case len(rec.cells) != len(b.layout):
		row.RejectRow("import.cell_count", "want", len(b.layout), "have", len(rec.cells))
	default:
		row.raw = rec.cells[:b.own]
		for i, cell := range rec.cells {
			if column := b.layout[i]; column != unused {
				row.cells[column] = clean(cell)
			}
		}
		for i := range b.kind.columns {
			row.readCell(i, &b.kind.columns[i])
		}
	}
	row.misread = len(row.faults)
}

func firstOf(cells []string) string {
	if len(cells) == 0 {
		return ""
	}
	return cells[0]
}

// evened gives the row of a sheet as many cells as the header has: empty ones at its
// end are not stored there.
func evened(cells []string, want int) []string {
	for len(cells) < want {
		cells = append(cells, "")
	}
	for len(cells) > want && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// wellFormed are the rows a session is asked about.
func wellFormed(rows []*Row) []*Row {
	out := make([]*Row, 0, len(rows))
	for _, row := range rows {
		if row.fate != Rejected {
			out = append(out, row)
		}
	}
	return out
}

// decided checks that a session has decided every row.
func decided(rows []*Row) error {
	for _, row := range rows {
		if row.fate == Undecided || row.fate == Rejected && len(row.faults) == 0 {
			return fault.New(fault.Internal, "internal", "line", row.Line)
		}
	}
	return nil
}
