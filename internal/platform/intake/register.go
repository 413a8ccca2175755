package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// Register makes the operations of a kind of file: the import, a job, and its check,
// a command that looks at a file and changes nothing. A nil store is one that has
// no files: enough to know the operations. What is wrong with the declaration is
// told by Store.Err.
func Register[In Request](r *op.Registry, s *Store, k Kind[In]) {
	if s == nil {
		s = New(Options{})
	}
	info := &kindInfo{
		place: cmp.Or(k.Place, screen.Administration),
		name:  k.Name, operation: k.Operation, path: k.Path, example: k.Example, columns: slices.Clone(k.Columns), strict: k.Strict,
		rowsMax: k.RowsMax, checkRows: k.CheckRows, chunkRows: k.ChunkRows, held: k.Held, input: reflect.TypeFor[In](),
	}
	for i := range info.columns {
		info.columns[i].name(s.opt.Say)
	}
	for _, name := range k.Ignored {
		info.ignored = append(info.ignored, foldHeader(name))
	}
	if info.chunkRows == 0 || info.chunkRows > ChunkRows {
		info.chunkRows = ChunkRows
	}
	if info.checkRows == 0 {
		info.checkRows = CheckRowsDefault
	}
	s.add(info)
	e := &engine[In]{store: s, info: info, kind: k}
	op.RegisterJob(r, op.Spec{Name: k.Operation, Path: k.Path, Duties: k.Duties, Refused: opRejects}, op.JobHandler[In, progress]{
		Prepare: e.prepare,
		Targets: k.Targets,
		Plan:    e.plan,
		Chunk:   e.chunk,
		Finish:  e.finish,
		Undo:    e.undo,
	})
	op.RegisterCommand(r, op.Spec{Name: info.checkOperation(), Path: k.Path + "/check", Duties: k.Duties}, op.CommandHandler[In, Report]{
		Prepare: e.look,
		Targets: k.Targets,
		Do:      e.check,
	})
}

// add keeps a kind.
func (s *Store) add(k *kindInfo) {
	why := k.fault()
	if s.kinds[k.name] != nil {
		why = "registered twice"
	}
	if why != "" {
		s.faults = append(s.faults, k.name+": "+why)
		return
	}
	s.kinds[k.name] = k
	s.names = append(s.names, k.name)
	slices.Sort(s.names)
}

// Err says what is wrong with the kinds registered; app refuses to start on it.
func (s *Store) Err() error {
	if len(s.faults) > 0 {
		return fault.New(fault.Internal, "internal", "kinds", s.faults)
	}
	return nil
}

// engine carries out the imports of one kind.
type engine[In Request] struct {
	store *Store
	info  *kindInfo
	kind  Kind[In]
}

// parameters are the fields of an input that are the kind's own, in JSON.
func parameters(in Request) (json.RawMessage, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	common, err := json.Marshal(Input{})
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	own := map[string]json.RawMessage{}
	if err := json.Unmarshal(common, &own); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	for name := range own {
		delete(all, name)
	}
	out, err := json.Marshal(all)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return out, nil
}

// look reads the whole content before anything is locked: a file that is cut or in no
// known encoding is refused at once.
func (e *engine[In]) look(ctx context.Context, p *op.Prep, in *In) error {
	common := (*in).Common()
	from := given(common, wished(common))
	if common.Batch != 0 {
		err := p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
			from, err = e.handed(ctx, r, common)
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := e.store.look(ctx, from)
	return err
}

// prepare is look, and refuses a file without the columns.
func (e *engine[In]) prepare(ctx context.Context, p *op.Prep, in *In) error {
	if err := e.look(ctx, p, in); err != nil {
		return err
	}
	return p.Read(ctx, func(ctx context.Context, r db.Reader) error {
		found, err := e.planOf(ctx, r, *in)
		if err == nil {
			err = found.complete()
		}
		return err
	})
}
