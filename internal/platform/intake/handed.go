package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/op"
)

// handed is a file as it was handed in, with what the user said of it.
type handed struct {
	name string
	ref  file.Ref
	wishes
}

// wished is what an input says of the form of the file.
func wished(in Input) wishes {
	return wishes{charset: in.Charset, separator: in.Separator, unterminated: in.Unterminated}
}

// given is the file that comes with an input.
func given(in Input, w wishes) handed {
	return handed{name: in.File.Name, ref: file.Ref{SHA256: in.File.SHA256, Size: in.File.Size}, wishes: w}
}

// handed finds the file of an input: its own, or that of a check made before, of the
// same kind.
func (e *engine[In]) handed(ctx context.Context, r db.Reader, in Input) (handed, error) {
	if in.Batch == 0 {
		return given(in, wished(in)), nil
	}
	b, err := findBatch(ctx, r, in.Batch)
	if err == nil && (b.Kind != e.info.name || b.State != Checked) {
		err = fault.InvalidField("batch", "import.unknown")
	}
	if err != nil {
		return handed{}, err
	}
	return handed{name: b.FileName, ref: file.Ref{SHA256: b.SHA256, Size: b.Size}, wishes: wished(in)}, nil
}

// looked is what inspect found of a content.
type looked struct {
	form Form
	at   position
}

// looks remembers what was found of the last contents: a request looks before its
// transaction, and the transaction, or the job it queued, asks again.
type looks struct {
	mu   sync.Mutex
	all  map[lookKey]looked
	last []lookKey
}

type lookKey struct {
	sha256 string
	wishes
}

// looksMax bounds what is remembered.
const looksMax = 32

// look inspects a content, or remembers it.
func (s *Store) look(ctx context.Context, h handed) (looked, error) {
	key := lookKey{h.ref.SHA256, h.wishes}
	s.seen.mu.Lock()
	known, found := s.seen.all[key]
	s.seen.mu.Unlock()
	if found {
		return known, nil
	}
	if s.opt.Files == nil {
		return looked{}, fault.New(fault.Precondition, "import.no_store")
	}
	var l looked
	var err error
	if l.form, l.at, err = s.inspect(ctx, h.ref, h.wishes); err != nil {
		return looked{}, err
	}
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if s.seen.all == nil {
		s.seen.all = map[lookKey]looked{}
	}
	if len(s.seen.last) >= looksMax {
		delete(s.seen.all, s.seen.last[0])
		s.seen.last = s.seen.last[1:]
	}
	s.seen.all[key] = l
	s.seen.last = append(s.seen.last, key)
	return l, nil
}

// plan is a file ready to be taken: how it is read, what its columns mean.
type plan struct {
	handed
	looked
	mapping
	parameters json.RawMessage
	signature  string
}

// complete refuses a file whose columns are not all found.
func (p *plan) complete() error { return fault.InvalidFields(p.missing) }

// planOf reads the header and finds the columns, by the map given, a saved one, or
// their names.
func (e *engine[In]) planOf(ctx context.Context, r db.Reader, in In) (*plan, error) {
	common := in.Common()
	h, err := e.handed(ctx, r, common)
	if err != nil {
		return nil, err
	}
	p := &plan{handed: h}
	if p.looked, err = e.store.look(ctx, h); err != nil {
		return nil, err
	}
	pairs, name, err := readMap(common.Map)
	if err != nil {
		return nil, err
	}
	saved, err := e.savedMap(ctx, r, name, p.form.Header)
	if err != nil {
		return nil, err
	}
	p.mapping, err = e.info.arrange(p.form.Header, append(saved.pairs(p.form.Header), pairs...))
	if name == "" && len(saved.Columns) > 0 && (err != nil || len(p.missing) > 0) { // a map nobody asked for does not stand in the way
		p.mapping, err = e.info.arrange(p.form.Header, pairs)
		saved.Name = ""
	}
	if err != nil {
		return nil, err
	}
	p.saved = saved.Name
	if p.parameters, err = parameters(in); err != nil {
		return nil, err
	}
	p.signature, err = p.sign(e.info.name)
	return p, err
}

// savedMap is the map of a name, or without one the last saved for such a header.
func (e *engine[In]) savedMap(ctx context.Context, r db.Reader, name string, header []string) (SavedMap, error) {
	if name == "" {
		return mapFor(ctx, r, e.info.name, headerSignature(header))
	}
	return mapNamed(ctx, r, e.info.name, name)
}

// sign names what an import would do: the content, how it is read, what its columns
// mean and the parameters.
func (p *plan) sign(kind string) (string, error) {
	body, err := json.Marshal([]any{kind, p.ref.SHA256, p.form.Charset, p.form.Separator, p.layout, p.parameters})
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "internal")
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:]), nil
}

// batchOf is what a session is told.
func batchOf(id int64, k *kindInfo, in Input, h handed, unit int64, check bool) Batch {
	return Batch{
		ID: id, Kind: k.name, Mode: in.mode(), Check: check, Unit: unit, Note: in.Note, FileName: h.name, SHA256: h.ref.SHA256,
	}
}

// unitOf is where a batch is filed.
func unitOf(ctx context.Context, x *op.Exec) (int64, error) {
	if unit := x.Unit(); unit != 0 {
		return unit, nil
	}
	return x.Places().Top(ctx, x.R)
}
