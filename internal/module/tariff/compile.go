package tariff

import (
	"path"
	"slices"
	"strconv"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
)

// Compile checks files together and makes a Book of their tariffs. An include is
// looked for among the files given, beside the one that names it. With a problem
// there is no Book. Files that Parse had problems with may be given: what is said
// of them then comes on top.
func Compile(files ...*File) (*Book, Problems) {
	c := &compiler{files: map[string]*File{}, book: &Book{tariffs: map[string]*compiled{}}, tables: map[string]bool{}}
	if len(files) > FilesMax {
		return nil, Problems{{File: files[FilesMax].Name, Code: "tariff.files_many", Args: fault.Args{"max": FilesMax}}}
	}
	for _, f := range files {
		c.files[path.Clean(f.Name)] = f
	}
	for _, f := range files {
		c.compileFile(f)
	}
	if len(c.problems) > 0 {
		return nil, c.problems.sorted()
	}
	return c.book, nil
}

// compiler gathers a book and what is wrong.
type compiler struct {
	files    map[string]*File
	file     *File
	book     *Book
	tables   map[string]bool
	problems Problems
}

// tell notes a problem.
func (c *compiler) tell(at Position, path, code string, pairs ...any) {
	if len(c.problems) < ProblemsMax {
		args := fault.New(fault.Invalid, code, pairs...).Args
		c.problems = append(c.problems, Problem{File: c.file.Name, Position: at, Path: path, Code: code, Args: args})
	}
}

func indexed(path, key string, i int) string {
	if path != "" {
		path += "."
	}
	return path + key + "[" + strconv.Itoa(i) + "]"
}

func (c *compiler) compileFile(f *File) {
	c.file = f
	visible := map[string]*VATTable{}
	for i := range f.VAT {
		t := &f.VAT[i]
		at := indexed("", "vat", i)
		if c.tables[t.Code] && t.Code != "" {
			c.tell(t.At, at+".code", "tariff.code_taken", "code", t.Code)
		}
		c.tables[t.Code], visible[t.Code] = true, t
		c.checkTable(t, at)
	}
	for i, include := range f.Include {
		other := c.files[path.Join(path.Dir(f.Name), include.Name)]
		if other == nil && include.Name != "" {
			c.tell(include.At, indexed("", "include", i), "tariff.include_missing", "name", include.Name)
		}
		for j := range vatOf(other) {
			visible[other.VAT[j].Code] = &other.VAT[j]
		}
	}
	for i := range f.Tariffs {
		c.compileTariff(&f.Tariffs[i], visible, indexed("", "tariffs", i))
	}
}

func vatOf(f *File) []VATTable {
	if f == nil {
		return nil
	}
	return f.VAT
}

// within is what the compilation of one tariff knows.
type within struct {
	*compiler
	*compiled
	table *VATTable
	// words and slots find the attributes by name: choices by their position among the
	// attributes, quantities by their slot.
	words map[string]int
	slots map[string]int
	units map[int]string
}

func (c *compiler) compileTariff(t *Tariff, visible map[string]*VATTable, at string) {
	w := &within{
		compiler: c, compiled: &compiled{source: t, use: nowhere}, table: visible[t.VATTable],
		words: map[string]int{}, slots: map[string]int{NameQuantity: slotQuantity, NameMonths: slotMonths, NameDays: slotDays},
		units: map[int]string{slotQuantity: t.Unit},
	}
	if c.book.tariffs[t.Code] != nil && t.Code != "" {
		c.tell(t.At, at+".code", "tariff.code_taken", "code", t.Code)
	}
	c.book.tariffs[t.Code] = w.compiled
	if t.VATTable != "" && w.table == nil {
		c.tell(t.At, at+".vat_table", "tariff.table_unknown", "code", t.VATTable)
	}
	for i := range t.Attributes {
		w.addAttribute(&t.Attributes[i], indexed(at, "attributes", i))
	}
	w.addComponents()
	for i := range t.Versions {
		w.addVersion(&t.Versions[i], indexed(at, "versions", i))
	}
	w.order(at)
}

func (w *within) addAttribute(a *Attribute, at string) {
	out := attribute{source: a, slot: nowhere, field: "attributes." + a.Name}
	if _, word := w.words[a.Name]; a.Name != "" && (word || w.known(a.Name)) {
		w.tell(a.At, at+".name", "tariff.name_taken", "name", a.Name)
	}
	if a.Type == Choice {
		w.words[a.Name] = len(w.attributes)
		w.checkChoice(a, at)
	} else {
		out.slot = slotFree + len(w.attributes)
		w.slots[a.Name], w.units[out.slot] = out.slot, a.Unit
		if a.Min > a.Max {
			w.tell(a.At, at+".min", "tariff.min_above_max")
		}
	}
	if a.Default != nil && a.Type != "" {
		value, err := out.read(Value{Text: *a.Default})
		if err != nil {
			w.tell(a.At, at+".default", "tariff.default")
		}
		out.value = value
	}
	w.attributes = append(w.attributes, out)
}

func (w *within) checkChoice(a *Attribute, at string) {
	for i, v := range a.Values {
		if slices.Contains(a.Values[:i], v) {
			w.tell(a.At, indexed(at, "values", i), "tariff.value_twice", "value", v)
		}
	}
	if a.Labels != nil && len(a.Labels) != len(a.Values) {
		w.tell(a.At, at+".labels", "tariff.labels")
	}
}

// known says whether a name is that of a quantity.
func (w *within) known(name string) bool {
	_, ok := w.slots[name]
	return ok
}

// slot finds a quantity by name, or tells that there is none.
func (w *within) slot(name string, at Position, path string) int {
	slot, ok := w.slots[name]
	if !ok {
		w.tell(at, path, "tariff.name_unknown", "name", name)
	}
	return slot
}

func (w *within) slotsOf(names []string, at Position, path string) []int {
	var out []int
	for _, n := range names {
		out = append(out, w.slot(n, at, path))
	}
	return out
}

func (w *within) addVersion(v *Version, at string) {
	out := version{source: v, position: len(w.versions), from: v.From, to: v.To.AddDays(-1)}
	if (v.Basis == TTC) != (v.Rounding == money.RoundTTC) && v.Basis != "" && v.Rounding != "" {
		w.tell(v.At, at+".rounding", "tariff.rounding_basis")
	}
	if !v.To.IsZero() && !v.From.Before(v.To) {
		w.tell(v.At, at+".to", "tariff.version_empty")
	}
	for i := range v.Quantities {
		out.derived = append(out.derived, w.derived(&v.Quantities[i], i, indexed(at, "quantities", i)))
	}
	for i := range v.Charges {
		out.charges = append(out.charges, w.charge(&v.Charges[i], i, v.Charges[:i], indexed(at, "charges", i)))
	}
	for name, slot := range w.slots { // the next version has derived quantities of its own
		if slot >= slotFree+AttributesMax {
			delete(w.slots, name)
		}
	}
	w.versions = append(w.versions, out)
}

// order checks the dates of the versions and closes the open ones.
func (w *within) order(at string) {
	for i := range w.versions {
		v := &w.versions[i]
		if slices.ContainsFunc(w.versions[:i], func(o version) bool { return o.source.Code == v.source.Code && v.source.Code != "" }) {
			w.tell(v.source.At, indexed(at, "versions", i)+".version", "tariff.code_taken", "code", v.source.Code)
		}
		next := lastDay()
		if i+1 < len(w.versions) {
			next = w.versions[i+1].from.AddDays(-1)
		}
		if v.to.IsZero() {
			v.to = next
		}
		if !next.IsZero() && (v.to.After(next) || next.Before(v.from)) && i+1 < len(w.versions) {
			w.tell(w.versions[i+1].source.At, indexed(at, "versions", i+1)+".from", "tariff.versions_order")
		}
	}
}

// lastDay is the last day there is.
func lastDay() day.Date {
	m, err := day.NewMonth(day.YearMax, time.December)
	if err != nil { // that month exists
		return day.Date{}
	}
	return m.Last()
}
