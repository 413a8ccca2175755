package tariff

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check is what always holds of the tariffs stored: the hash of a version is that of
// its text, the text is canonical and says what the row says, what was active is known
// to have been, dates of active versions do not overlap, and all that is active
// compiles together.
func (m *Module) Check() op.Check {
	return op.Check{Name: "TARIFF", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		all, err := storedBy(ctx, r, &db.Where{})
		if err != nil {
			return rep, err
		}
		rep.Count = int64(len(all))
		var active []*stored
		sound := true
		for _, s := range all {
			sound = s.check(&rep) && sound
			if s.State == Active {
				active = append(active, s)
			}
		}
		overlaps(&rep, active)
		if !sound { // what cannot be read cannot be compiled, and was named
			return rep, nil
		}
		_, problems, err := assemble(nil, active)
		for _, p := range problems {
			rep.Found("tariff.compile", "place", p.File, "code", p.Code)
		}
		return rep, err
	}}
}

// check looks at one version; false when its text cannot be used.
func (s *stored) check(rep *op.Report) bool {
	if hashOf(s.content) != s.SHA256 {
		rep.Found("tariff.hash", "version", s.label())
	}
	if (s.State == Draft) != s.ActivatedAt.IsZero() || (s.State == Draft || s.State == Active) != s.EndedAt.IsZero() {
		rep.Found("tariff.state", "version", s.label(), "state", string(s.State))
	}
	f, err := s.parsed()
	if err != nil {
		rep.Found("tariff.text", "version", s.label())
		return false
	}
	if Write(f) != s.content {
		rep.Found("tariff.text", "version", s.label())
	}
	if s.asRow(f) != s.said() {
		rep.Found("tariff.row", "version", s.label())
	}
	return true
}

// rowFacts are what both the row and the text say.
type rowFacts struct {
	nature       Nature
	tariff, name string
	from, to     day.Date
	status       Status
	provenance   string
}

func (s *stored) said() rowFacts {
	return rowFacts{s.Nature, s.Tariff, s.Name, s.ValidFrom, s.ValidTo, s.Status, s.Provenance}
}

// asRow is what the text says; the name of a table's version stands in the row only.
func (s *stored) asRow(f *File) rowFacts {
	if len(f.VAT) == 1 {
		return rowFacts{nature: NatureVAT, tariff: f.VAT[0].Code, name: s.Name, from: f.VAT[0].begins()}
	}
	t := &f.Tariffs[0]
	v := &t.Versions[0]
	return rowFacts{NatureTariff, t.Code, v.Code, v.From, v.To, v.Status, v.Source}
}

// overlaps names two active versions that hold on one day, and two active tables of
// one code.
func overlaps(rep *op.Report, active []*stored) {
	for i := 1; i < len(active); i++ {
		a, b := active[i-1], active[i]
		if a.Nature != b.Nature || a.Tariff != b.Tariff {
			continue
		}
		if a.Nature == NatureVAT || a.ValidFrom == b.ValidFrom || !a.ValidTo.IsZero() && a.ValidTo.After(b.ValidFrom) {
			rep.Found("tariff.overlap", "version", a.label(), "other", b.label())
		}
	}
}
