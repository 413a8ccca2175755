package tariff

import (
	"context"
	"path"
	"strconv"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// ImportInput is the input of importing tariff files.
type ImportInput struct {
	// Files are YAML by docs/tariff-format.md. What a file includes is looked for among
	// them first; a VAT table that is not there is the active one of its code.
	Files []op.Upload `json:"files" in:"required,accept=.yaml .yml"`

	// intake is what Prepare read, before any lock.
	intake *intake
}

// Fate is what became of a version that was handed in.
type Fate string

// The fates.
const (
	Created   Fate = "created"
	Changed   Fate = "changed"
	Unchanged Fate = "unchanged"
)

// EnumName is the prefix of the texts.
func (Fate) EnumName() string { return "tariff_fate" }

// EnumValues are the fates.
func (Fate) EnumValues() []string {
	return []string{string(Created), string(Changed), string(Unchanged)}
}

// Imported is one version of a file.
type Imported struct {
	ID     op.ID  `json:"id"`
	Nature Nature `json:"nature"`
	Tariff string `json:"tariff"`
	Name   string `json:"name"`
	Fate   Fate   `json:"fate"`
	State  State  `json:"state"`
}

// ImportReport says what became of the files.
type ImportReport struct {
	Created   int64      `json:"created"`
	Changed   int64      `json:"changed"`
	Unchanged int64      `json:"unchanged"`
	Versions  []Imported `json:"versions"`
}

// head is what a version belongs to.
type head struct {
	nature                               Nature
	code, label, service, unit, currency string
}

// intake is files read and found good: the versions they hold.
type intake struct {
	versions []incoming
}

// incoming is one version as it came.
type incoming struct {
	head   head
	row    VersionRow
	text   string
	upload op.Upload
}

func (m *Module) registerImport(r *op.Registry) {
	op.RegisterCommand(r, op.Spec{Name: "tariff.import", Path: "/tariff/import", Central: true, Duties: duties()},
		op.CommandHandler[ImportInput, ImportReport]{
			Prepare: func(ctx context.Context, p *op.Prep, in *ImportInput) error {
				return p.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
					in.intake, err = m.read(ctx, r, in.Files)
					return err
				})
			},
			Do: m.importFiles,
		})
}

// read parses and compiles files together with the VAT tables that are active.
func (m *Module) read(ctx context.Context, r db.Reader, uploads []op.Upload) (*intake, error) {
	if len(uploads) > FilesMax {
		return nil, fault.InvalidField("files", "tariff.files_many", "max", FilesMax)
	}
	files := make([]*File, 0, len(uploads))
	var problems Problems
	for _, up := range uploads {
		f, found := Parse(path.Base(up.Name), up.Data)
		files, problems = append(files, f), append(problems, found...)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	tables, err := activeTables(ctx, r, files)
	if err != nil {
		return nil, err
	}
	if _, problems := Compile(completed(files, tables)...); len(problems) > 0 {
		return nil, problems.Err()
	}
	in := &intake{}
	for i, f := range files {
		in.add(f, uploads[i])
	}
	return in, nil
}

// activeTables are the VAT tables in force that the files do not bring themselves.
func activeTables(ctx context.Context, r db.Reader, files []*File) (*File, error) {
	active, err := activeVersions(ctx, r)
	if err != nil {
		return nil, err
	}
	brought := map[string]bool{}
	for _, f := range files {
		for i := range f.VAT {
			brought[f.VAT[i].Code] = true
		}
	}
	tables := &File{Name: "."} // no file a person hands in has this name
	for _, s := range active {
		if s.Nature != NatureVAT || brought[s.Tariff] {
			continue
		}
		f, err := s.parsed()
		if err != nil {
			return nil, err
		}
		tables.VAT = append(tables.VAT, f.VAT...)
	}
	return tables, nil
}

// completed gives files that see the tables of each other and those that are active:
// in the database a table is found by its code, whatever file brought it.
func completed(files []*File, tables *File) []*File {
	all := []Include{{Name: tables.Name}}
	for _, f := range files {
		if len(f.VAT) > 0 {
			all = append(all, Include{Name: f.Name})
		}
	}
	out := []*File{tables}
	for _, f := range files {
		whole := *f
		whole.Include = all
		out = append(out, &whole)
	}
	return out
}

// add takes the versions out of a file.
func (in *intake) add(f *File, up op.Upload) {
	for i := range f.VAT {
		t := &f.VAT[i]
		text := Write(&File{VAT: []VATTable{*t}})
		in.versions = append(in.versions, incoming{
			head: head{nature: NatureVAT, code: t.Code, label: orText(t.Label, t.Code)}, text: text, upload: up,
			row: VersionRow{Nature: NatureVAT, Tariff: t.Code, ValidFrom: t.begins(), SHA256: hashOf(text)},
		})
	}
	for i := range f.Tariffs {
		t := &f.Tariffs[i]
		for j := range t.Versions {
			v := &t.Versions[j]
			text := Write(single(t, v))
			in.versions = append(in.versions, incoming{
				head: head{nature: NatureTariff, code: t.Code, label: t.Label, service: string(t.Service), unit: t.Unit, currency: t.Currency}, text: text, upload: up,
				row: VersionRow{
					Nature: NatureTariff, Tariff: t.Code, Name: v.Code, ValidFrom: v.From, ValidTo: v.To, Status: v.Status, Provenance: v.Source, SHA256: hashOf(text),
				},
			})
		}
	}
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// begins is the first day a table has a rate for.
func (t *VATTable) begins() (first day.Date) {
	for _, c := range t.Components {
		for _, r := range c.Rates {
			if first.IsZero() || r.From.Before(first) {
				first = r.From
			}
		}
	}
	return first
}

// importFiles stores what is new as drafts. A version that was ever active stays as it
// was: other content under its name is refused, all such versions at once.
func (m *Module) importFiles(ctx context.Context, x *op.Exec, in ImportInput) (ImportReport, error) {
	if in.intake == nil { // a trial of the command, or a retry in another process
		var err error
		if in.intake, err = m.read(ctx, x.R, in.Files); err != nil {
			return ImportReport{}, err
		}
	}
	var out ImportReport
	var fixed []fault.Field
	for _, v := range in.intake.versions {
		done, err := m.take(ctx, x, v)
		if e := fault.As(err); e != nil && e.Code == "tariff.version_fixed" {
			fixed = append(fixed, fault.Field{Path: "files", Code: e.Code, Args: e.Args})
			continue
		}
		if err != nil {
			return ImportReport{}, err
		}
		switch done.Fate {
		case Created:
			out.Created++
		case Changed:
			out.Changed++
		case Unchanged:
			out.Unchanged++
		}
		out.Versions = append(out.Versions, done)
	}
	if len(fixed) > 0 {
		return ImportReport{}, &fault.Error{Kind: fault.Conflict, Code: "tariff.versions_fixed", Args: fault.Args{"count": len(fixed)}, Fields: fixed}
	}
	return out, nil
}

// take stores one version unless it is there already.
func (m *Module) take(ctx context.Context, x *op.Exec, in incoming) (Imported, error) {
	all, err := versionsOf(ctx, x.Tx, in.head.nature, in.head.code)
	if err != nil {
		return Imported{}, err
	}
	out := Imported{Nature: in.head.nature, Tariff: in.head.code, Name: in.row.Name, State: Draft}
	was := in.among(all)
	switch {
	case was != nil && was.SHA256 == in.row.SHA256:
		out.ID, out.Name, out.State, out.Fate = was.ID, was.Name, was.State, Unchanged
		return out, nil
	case was != nil && !was.ActivatedAt.IsZero():
		return out, fault.New(fault.Conflict, "tariff.version_fixed", "tariff", was.Tariff, "version", was.Name, "state", was.State)
	}
	s := &stored{VersionRow: in.row, content: in.text}
	s.State, s.ImportedBy, s.ImportedAt, s.Version = Draft, op.ID(x.Actor.UserID), x.Now, 1
	if s.File, err = keepFile(ctx, x, in.upload); err != nil {
		return out, err
	}
	if s.tariffID, err = keepHead(ctx, x, in.head, len(all) == 0); err != nil {
		return out, err
	}
	if was != nil {
		s.ID, s.Name, s.Version = was.ID, was.Name, was.Version
		out.ID, out.Name, out.Fate = s.ID, s.Name, Changed
		if err := redraft(ctx, x.Tx, s); err != nil {
			return out, err
		}
		return out, x.Change("tariff_version", int64(s.ID), s.label(), was.facts(day.Date{}), s.facts(day.Date{}))
	}
	id, err := x.Tx.NewID(ctx)
	if err != nil {
		return out, err
	}
	if s.ID = op.ID(id); s.Nature == NatureVAT {
		s.Name = "r" + strconv.Itoa(len(all)+1)
	}
	out.ID, out.Name, out.Fate = s.ID, s.Name, Created
	if err := insertVersion(ctx, x.Tx, s); err != nil {
		return out, err
	}
	return out, x.Change("tariff_version", id, s.label(), nil, s.facts(day.Date{}))
}

// among finds the version that is meant: for a tariff that of its name; for a table of
// rates the one with the same content, else the draft, else none: a new one follows.
func (in *incoming) among(all []*stored) *stored {
	var draft *stored
	for _, s := range all {
		if in.head.nature == NatureTariff && s.Name == in.row.Name || in.head.nature == NatureVAT && s.SHA256 == in.row.SHA256 {
			return s
		}
		if s.State == Draft && in.head.nature == NatureVAT {
			draft = s
		}
	}
	return draft
}
