package tariff

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Nature is what a stored version belongs to.
type Nature string

// The natures.
const (
	// NatureTariff is a tariff.
	NatureTariff Nature = "tariff"
	// NatureVAT is a table of VAT rates.
	NatureVAT Nature = "vat"
)

// EnumName is the prefix of the texts.
func (Nature) EnumName() string { return "tariff_nature" }

// EnumValues are the natures.
func (Nature) EnumValues() []string { return []string{string(NatureTariff), string(NatureVAT)} }

// State is where a stored version stands. A version whose activation waits for the
// second person is still a draft: the request is the house's own proposal.
type State string

// The states.
const (
	// Draft was imported and prices nothing.
	Draft State = "draft"
	// Active prices what falls into its dates.
	Active State = "active"
	// Replaced is a table of VAT rates that a newer one took the place of.
	Replaced State = "replaced"
	// Withdrawn was active once and no longer is.
	Withdrawn State = "withdrawn"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "tariff_state" }

// EnumValues are the states.
func (State) EnumValues() []string {
	return []string{string(Draft), string(Active), string(Replaced), string(Withdrawn)}
}

// EnumName is the prefix of the texts.
func (Status) EnumName() string { return "tariff_status" }

// EnumValues are the statuses.
func (Status) EnumValues() []string { return []string{string(Official), string(Example)} }

// EnumName is the prefix of the texts.
func (Service) EnumName() string { return "tariff_service" }

// EnumValues are the services.
func (Service) EnumValues() []string { return services() }

// VersionRow is a stored version without its text.
type VersionRow struct {
	ID     op.ID  `json:"id"`
	Nature Nature `json:"nature"`
	// Tariff is the code of what it belongs to, Label its words.
	Tariff string `json:"tariff"`
	Label  string `json:"label"`
	// Name is that of the version within its tariff.
	Name      string   `json:"name"`
	ValidFrom day.Date `json:"valid_from"`
	// ValidTo is the first day on which it no longer holds; none until the next one.
	ValidTo day.Date `json:"valid_to"`
	// Status is empty for a table of VAT rates.
	Status     Status `json:"status"`
	Provenance string `json:"provenance"`
	State      State  `json:"state"`
	// SHA256 is that of the canonical text: what bills refer to with the id.
	SHA256     string    `json:"sha256"`
	File       op.ID     `json:"file"`
	FileName   string    `json:"file_name"`
	ImportedBy op.ID     `json:"imported_by" out:"ref=user"`
	ImportedAt time.Time `json:"imported_at"`
	// ActivatedAt is when it became active, EndedAt when it was withdrawn or replaced.
	ActivatedAt time.Time `json:"activated_at,omitzero"`
	EndedAt     time.Time `json:"ended_at,omitzero"`
	// Version is the row's, for changes.
	Version int64 `json:"version"`
}

// PageKey is the row's place in its list.
func (v VersionRow) PageKey(string) []string {
	return []string{v.Tariff, string(v.Nature), op.KeyText(v.ValidFrom), v.ID.String()}
}

func (v VersionRow) label() string { return v.Tariff + " " + v.Name }

// stored is a version with its text.
type stored struct {
	VersionRow
	tariffID int64
	content  string
}

// facts are what an activation or a withdrawal changes, for the audit and the second
// person: no instants, which differ between the request and its approval.
type facts struct {
	State     State    `json:"tariff_state"`
	ValidFrom day.Date `json:"valid_from"`
	ValidTo   day.Date `json:"valid_to"`
	Status    Status   `json:"tariff_status"`
	SHA256    string   `json:"sha256"`
	// EndsOn is the last day on which it holds, the version that follows counted.
	EndsOn day.Date `json:"ends_on"`
}

func (s *stored) facts(endsOn day.Date) facts {
	return facts{State: s.State, ValidFrom: s.ValidFrom, ValidTo: s.ValidTo, Status: s.Status, SHA256: s.SHA256, EndsOn: endsOn}
}

// hashOf is the hash of a canonical text.
func hashOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// single is a file with one version of a tariff under its head: what is stored
// of a version.
func single(t *Tariff, v *Version) *File {
	head := *t
	head.Versions = []Version{*v}
	return &File{Tariffs: []Tariff{head}}
}

// parsed gives back the model of a stored version. The text was written by this
// program: one that does not parse was changed behind its back.
func (s *stored) parsed() (*File, error) {
	f, problems := Parse(s.label(), []byte(s.content))
	if len(problems) > 0 || len(f.VAT)+len(f.Tariffs) != 1 || len(f.Tariffs) == 1 && len(f.Tariffs[0].Versions) != 1 {
		return nil, fault.New(fault.Precondition, "tariff.stored_unreadable", "label", s.label())
	}
	return f, nil
}

// libraryMax bounds the texts a process keeps read.
const libraryMax = 5000

// library keeps stored texts as read, by their own hash: a text never changes, and
// reading it is most of the work of making a book. The files are not to be changed.
type library struct {
	mu    sync.Mutex
	files map[string]*File
}

// parsed is stored.parsed, once for each text. A nil library reads every time.
func (l *library) parsed(s *stored) (*File, error) {
	if l == nil {
		return s.parsed()
	}
	key := hashOf(s.content)
	l.mu.Lock()
	known := l.files[key]
	l.mu.Unlock()
	if known != nil {
		return known, nil
	}
	f, err := s.parsed()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.files == nil || len(l.files) >= libraryMax {
		l.files = map[string]*File{}
	}
	l.files[key] = f
	return f, nil
}

// taxFile is the name of the file that holds all VAT tables when stored versions
// are compiled together; it is no code.
const taxFile = "vat.yaml"

// assemble compiles stored versions together: one file for each tariff, its
// versions in order, and one for all VAT tables.
func assemble(known *library, all []*stored) (*Book, Problems, error) {
	taxes := &File{Name: taxFile}
	versions := map[string][]*Tariff{}
	for _, s := range all {
		f, err := known.parsed(s)
		if err != nil {
			return nil, nil, err
		}
		taxes.VAT = append(taxes.VAT, f.VAT...)
		for i := range f.Tariffs {
			versions[f.Tariffs[i].Code] = append(versions[f.Tariffs[i].Code], &f.Tariffs[i])
		}
	}
	files := []*File{taxes}
	var problems Problems
	for _, code := range sortedKeys(versions) {
		t, problem := joined(versions[code])
		if problem != nil {
			problems = append(problems, *problem)
			continue
		}
		files = append(files, &File{Name: code, Include: []Include{{Name: taxFile}}, Tariffs: []Tariff{t}})
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	book, found := compileMany(files)
	return book, found, nil
}

// compileMany is Compile for more tariffs than a person hands in at once: the tables
// of rates and the tariffs stand in as few files as there are.
func compileMany(files []*File) (*Book, Problems) {
	whole := *files[0]
	for _, f := range files[1:] {
		whole.Tariffs = append(whole.Tariffs, f.Tariffs...)
	}
	return Compile(&whole)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// joined is one tariff out of its versions, in order of their first days. The head is
// that of the version that knows most attributes; the heads of the others must agree
// with it, since one request asks all versions.
func joined(parts []*Tariff) (Tariff, *Problem) {
	all := slices.Clone(parts)
	slices.SortStableFunc(all, func(a, b *Tariff) int { return a.Versions[0].From.Compare(b.Versions[0].From) })
	head := all[0]
	for _, t := range all[1:] {
		if len(t.Attributes) >= len(head.Attributes) {
			head = t
		}
	}
	out := *head
	out.Versions = nil
	for _, t := range all {
		if what := disagrees(t, head); what != "" {
			return out, &Problem{File: t.Code, Code: "tariff.heads_differ", Args: fault.Args{
				"version": t.Versions[0].Code, "other": head.Versions[0].Code, "name": what,
			}}
		}
		out.Versions = append(out.Versions, t.Versions...)
	}
	return out, nil
}

// disagrees names what a head says otherwise than a larger one; empty when nothing.
// An attribute may gain words, and be added with a default; it may not change what a
// request without it means.
func disagrees(t, head *Tariff) string {
	switch {
	case t.Service != head.Service:
		return "service"
	case t.Unit != head.Unit:
		return "unit"
	case t.Currency != head.Currency:
		return "currency"
	case t.VATTable != head.VATTable:
		return "vat_table"
	}
	for i := range head.Attributes {
		a := &head.Attributes[i]
		at := slices.IndexFunc(t.Attributes, func(o Attribute) bool { return o.Name == a.Name })
		if at < 0 && a.Default == nil || at >= 0 && !sameAttribute(&t.Attributes[at], a) {
			return a.Name
		}
	}
	for i := range t.Attributes {
		if !slices.ContainsFunc(head.Attributes, func(o Attribute) bool { return o.Name == t.Attributes[i].Name }) {
			return t.Attributes[i].Name
		}
	}
	return ""
}

func sameAttribute(a, larger *Attribute) bool {
	if a.Type != larger.Type || a.Split != larger.Split || (a.Default == nil) != (larger.Default == nil) || a.Default != nil && *a.Default != *larger.Default {
		return false
	}
	if a.Number() {
		return a.Min == larger.Min && a.Max == larger.Max
	}
	return !slices.ContainsFunc(a.Values, func(v string) bool { return !slices.Contains(larger.Values, v) })
}

// lastDays are the last days on which the versions of a book hold, by tariff and
// version; no date for one that has no end.
func (b *Book) lastDays() map[[2]string]day.Date {
	out := map[[2]string]day.Date{}
	end := lastDay()
	for code, t := range b.tariffs {
		for i := range t.versions {
			to := t.versions[i].to
			if !to.Before(end) {
				to = day.Date{}
			}
			out[[2]string{code, t.versions[i].source.Code}] = to
		}
	}
	return out
}
