package org

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

const header = "code;kind;name;parent;valid_from;address;phone;email\n"

// base is a file with children before their parents.
const base = header +
	"C1;centre;Centre un;AG1;2020-01-01;;;\n" +
	"C2;centre;Centre deux;AG1;01/02/2020;\"12, rue \"\"A\"\"; Fès\";+212 535 11 22 33;c2@exemple.ma\n" +
	"AG1;agence mixte;Agence une;DR1;2015-01-01;;;\n" +
	"AG2;agency_service;Agence deux;DR2;2015-01-01;;;\n" +
	"DR1;region;Région une;DG;2010-01-01;;;\n" +
	"DR2;DRi;Région deux;DG;2010-01-01;;;\n"

func (b *bench) imported(data string, more op.Input, state ImportState, want counts) ImportReport {
	b.t.Helper()
	report, err := b.job(data, more)
	if err != nil {
		b.t.Fatalf("import: %v", err)
	}
	if report.State != state || report.counts != want {
		b.t.Errorf("import: %s %+v, want %s %+v; %v", report.State, report.counts, state, want, report.Rejects)
	}
	return report
}

func (b *bench) learn() {
	list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{}, op.Page{})
	for _, u := range list {
		b.ids[u.Code] = u.ID
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.imported(base, nil, Applied, counts{Lines: 6, Created: 6})
		b.healthy()
		b.learn()
		card := b.card("C2", "")
		if card.Address != `12, rue "A"; Fès` || card.Phone != "+212 535 11 22 33" || card.OpenedOn != date(t, "2020-02-01") || pathOf(card) != "DG/DR1/AG1" {
			t.Errorf("C2: %+v %s", card.Unit, pathOf(card))
		}
		// The same file again, in another order, separator and encoding, changes nothing.
		b.imported(base, nil, Unchanged, counts{Lines: 6, Unchanged: 6})
		lines := strings.Split(strings.TrimSpace(base), "\n")
		slices.Reverse(lines[1:])
		b.imported("\ufeff"+strings.Join(lines, "\r\n"), nil, Unchanged, counts{Lines: 6, Unchanged: 6})
		ansi, err := charmap.Windows1252.NewEncoder().String(base)
		if err != nil {
			t.Fatal(err)
		}
		b.imported(ansi, nil, Unchanged, counts{Lines: 6, Unchanged: 6})
		// A move, a new name and a new centre under a moved one.
		b.imported("Code,Nature,Nom,Rattachement,Date d'effet\n"+
			"C1,centre,Centre un bis,AG2,2026-05-01\nC2,centre,Centre 2,,2020-02-01\nU1,unité,Annexe,C1,2021-01-01\n",
			op.Input{"mode": "valid"}, Applied, counts{Lines: 3, Created: 1, Moved: 1, Rejected: 1})
		if card := b.card("C1", "2026-05-01"); pathOf(card) != "DG/DR2/AG2" || card.Name != "Centre un bis" || len(card.Stays) != 2 {
			t.Errorf("C1 after the move: %s %+v", pathOf(card), card.Unit)
		}
		b.learn()
		if got := pathOf(b.card("U1", "2026-05-01")); got != "DG/DR2/AG2/C1" {
			t.Errorf("U1: %s", got)
		}
		b.healthy()
	})
}

// What the list exports can be imported again and says nothing new.
func TestImportOfExport(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.plantation()
		b.change("move", "C1", op.Input{"parent": b.ids["AG2"].String(), "valid_from": "2025-07-01"})
		list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{}, op.Page{})
		var out strings.Builder
		var names []string
		def := b.run.Registry.Find("org.unit.list")
		for _, c := range def.Columns {
			names = append(names, c.Name)
		}
		out.WriteString(strings.Join(names, ";") + "\n")
		for _, row := range list {
			var cells []string
			for _, c := range def.Columns {
				v := c.Value(row)
				if id, ok := v.(op.ID); ok && id == 0 {
					v = ""
				}
				cells = append(cells, fmt.Sprint(v))
			}
			out.WriteString(strings.Join(cells, ";") + "\n")
		}
		b.imported(out.String(), nil, Unchanged, counts{Lines: int64(len(list)), Unchanged: int64(len(list))})
	})
}

// Every wrong line is named, with its column, value and rule; nothing changes,
// or only the right lines do.
func TestImportRejects(t *testing.T) {
	t.Parallel()
	const bad = header +
		"C9;centre;Neuf;AG9;2020-01-01;;;\n" + //  2 unknown parent
		"C8;centre;Huit;AG1;2020-02-31;;;\n" + //  3 impossible date
		"C7;centre;Sept;AG1;2020-01-01;;;\n" + //  4 twice
		"C7;centre;Sept;AG2;2020-01-01;;;\n" + //  5 twice
		"c6;centre;Six;AG1;2020-01-01;;;\n" + //   6 code
		"C5;gare;Cinq;AG1;2020-01-01;;;\n" + //    7 kind
		"C4;centre;;AG1;;;abc;d\n" + //            8 name, date, phone, email
		"C3;centre;Trois;AG1;2020-01-01\n" + //    9 cells
		"X1;centre;Rond un;X2;2020-01-01;;;\n" + // 10 circle
		"X2;centre;Rond deux;X1;2020-01-01;;;\n" + // 11 circle
		"Y1;unit;Dessous;C9;2021-01-01;;;\n" + //  12 rejected parent
		"Z1;centre;Trop haut;DG;2020-01-01;;;\n" + // 13 kind of parent
		"Z2;centre;Trop tôt;AG1;2014-12-31;;;\n" + // 14 parent not open
		"AG1;agency_service;Autre nature;DR1;2015-01-01;;;\n" + // 15 kind differs
		"Z3;centre;\"jamais fermé;AG1;2020-01-01;;;\n" + // 16 quote
		"Z4;centre;Bon;AG1;2020-01-01;;;\n" + //   17 right
		"Z5;centre;Loin;AG1;2040-01-01;;;\n" //    18 too far
	want := map[int64]string{
		2: "parent org.parent_unknown AG9", 3: "valid_from date.impossible 2020-02-31", 4: "code import.duplicate C7", 5: "code import.duplicate C7",
		6: "code input.pattern.code c6", 7: "kind input.enum gare", 8: "name input.required ", 9: " import.cell_count ",
		10: "parent import.circle X2", 11: "parent import.circle X1", 12: "parent import.parent_rejected C9", 13: "parent org.parent_kind DG",
		14: "parent org.parent_not_open AG1", 15: "kind import.kind_differs agency_service", 16: " import.quote ", 18: "valid_from org.date_too_far 2040-01-01",
	}
	engines(t, func(t *testing.T, b *bench) {
		b.imported(base, nil, Applied, counts{Lines: 6, Created: 6})
		check := do[ImportReport](b, "org.unit.import_check", op.Input{"file": op.NewUpload("f.csv", []byte(bad))})
		if check.State != Checked || check.Created != 1 || check.Rejected != 16 || len(b.queue.kept) != 1 {
			t.Errorf("check: %s %+v", check.State, check.counts)
		}
		refused := b.imported(bad, nil, Refused, counts{Lines: 17, Created: 1, Rejected: 16})
		list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{}, op.Page{})
		if len(list) != 7 {
			t.Errorf("a refused file left %d units", len(list))
		}
		for _, id := range []op.ID{check.Import, refused.Import} {
			rejects, _ := rows[Reject](b, admin, "org.unit.import_rejects", op.Input{"import": id.String()}, op.Page{})
			got := map[int64]string{}
			for _, j := range rejects {
				got[j.Line] = j.Column + " " + j.Rule + " " + j.Value
				if j.Reason == "" || (j.Line == 8) != (len(j.Faults) == 4) {
					t.Errorf("line %d: %q %v", j.Line, j.Reason, j.Faults)
				}
			}
			for line, text := range want {
				if got[line] != text {
					t.Errorf("line %d: %q, want %q", line, got[line], text)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d refused lines, want %d: %v", len(got), len(want), got)
			}
		}
		b.imported(bad, op.Input{"mode": "valid"}, Applied, counts{Lines: 17, Created: 1, Rejected: 16})
		b.healthy()
	})
}

// The refused lines, exported with their reason and corrected, are accepted.
func TestImportOfCorrectedRejects(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.imported(base, nil, Applied, counts{Lines: 6, Created: 6})
		report := b.imported(header+"C5;gare;Cinq;AG1;2020-01-01;;;\n", nil, Refused, counts{Lines: 1, Rejected: 1})
		rejects, _ := rows[Reject](b, admin, "org.unit.import_rejects", op.Input{"import": report.Import.String()}, op.Page{})
		def := b.run.Registry.Find("org.unit.import_rejects")
		var names, cells []string
		for _, c := range def.Columns {
			names, cells = append(names, c.Name), append(cells, fmt.Sprint(c.Value(rejects[0])))
		}
		file := strings.Join(names, ";") + "\n" + strings.ReplaceAll(strings.Join(cells, ";"), ";gare;Cinq", ";centre;Cinq") + "\n"
		b.imported(file, nil, Applied, counts{Lines: 1, Created: 1})
	})
}

// A file for one région changes nothing outside it.
func TestImportUnderRoot(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		b.imported(base, nil, Applied, counts{Lines: 6, Created: 6})
		b.learn()
		const regional = 2
		b.grant(regional, b.ids["DR1"])
		file := func(lines string) op.Input {
			return op.Input{"file": op.NewUpload("f.csv", []byte(header+lines)), "root": b.ids["DR1"].String()}
		}
		res, err := b.try(regional, "org.unit.import_check", file(
			"C4;centre;Dedans;AG1;2020-01-01;;;\nC5;centre;Dehors;AG2;2020-01-01;;;\n"+
				"C1;centre;Parti;AG2;2026-05-01;;;\nAG2;agency_service;Rebaptisée;DR2;2015-01-01;;;\n"))
		if err != nil {
			t.Fatal(err)
		}
		report := res.Out.(ImportReport)
		if report.Created != 1 || report.Rejected != 3 {
			t.Errorf("under a root: %+v %v", report.counts, report.Rejects)
		}
		for _, j := range report.Rejects {
			if j.Rule != "import.outside" {
				t.Errorf("line %d: %s", j.Line, j.Rule)
			}
		}
		whole := file("C4;centre;Dedans;AG1;2020-01-01;;;\n")
		delete(whole, "root")
		b.refuse(regional, "org.unit.import_check", whole, "scope.outside")
		b.refuse(regional, "org.unit.import", whole, "scope.outside")
	})
}

// Files of which nothing can be made are refused at once, with the reason.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, code string }{
		"nothing":        {"\n\n  \n", "import.empty"},
		"utf-16":         {"\xff\xfec\x00o\x00d\x00e\x00", "import.missing_column"},
		"utf-16 cut":     {"\xff\xfec\x00o\x00d\x00e", "import.truncated"},
		"binary":         {"PK\x03\x04\x00\x00", "import.binary"},
		"encoding":       {header + "C1;centre;\x81;DG;2020-01-01;;;", "import.encoding"},
		"unknown column": {"code;kind;name;parent;valid_from;couleur\n", "import.unknown_column"},
		"missing column": {"code;kind;name;parent\n", "import.missing_column"},
		"column twice":   {"code;kind;type;name;parent;valid_from\n", "import.column_twice"},
		"header quote":   {"\"code;kind\n", "import.quote"},
		"too many lines": {header + strings.Repeat("x\n", ImportLinesMax+1), "import.too_many_lines"},
		"too large":      {header + strings.Repeat("x", ImportBytesMax), "import.too_large"},
	} {
		_, err := readImport([]byte(c.data))
		if !slices.Contains(codesOf(err), c.code) || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestReadRecords(t *testing.T) {
	t.Parallel()
	text := header +
		"\n" +
		"A;centre;\"deux\nlignes\";B;2020-01-01;;;\r\n" + // 3 and 4
		strings.Repeat("x", ImportLineBytesMax+1) + "\n" + // 5
		"B;centre;\"" + strings.Repeat("y;\n", ImportLineBytesMax) + // 6: never closed
		"Z;centre;\"fini\" ;B;2020-01-01;;;"
	f, err := readImport([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	first, long, open, last := f.records[0], f.records[1], f.records[2], f.records[len(f.records)-1]
	if first.line != 3 || first.cells[colName] != "deux\nlignes" || len(first.faults) != 0 {
		t.Errorf("quoted over two lines: %+v", first)
	}
	if long.line != 5 || long.faults[0].Code != "import.line_too_long" || utf8.RuneCountInString(long.cells[colCode]) > 80+3 {
		t.Errorf("long line: %d %v", long.line, long.faults)
	}
	if open.line != 6 || open.faults[0].Code != "import.quote" && open.faults[0].Code != "import.line_too_long" {
		t.Errorf("open quote: %d %v", open.line, open.faults)
	}
	if last.line != 6+ImportLineBytesMax || last.cells[colName] != "fini" || len(last.faults) != 0 {
		t.Errorf("after it: %+v", last)
	}
}

// A truncated file, at every byte, is read or refused; what was read of it is a
// beginning of the whole.
func TestTruncated(t *testing.T) {
	t.Parallel()
	whole, err := readImport([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(base) {
		f, err := readImport([]byte(base[:i]))
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("at %d: %v", i, err)
			}
			continue
		}
		for n, r := range f.records[:max(len(f.records)-1, 0)] {
			if r.line != whole.records[n].line || r.cells != whole.records[n].cells {
				t.Fatalf("at %d: record %d is %v", i, n, r)
			}
		}
	}
}

// What is written by the rules of CSV is read back, whatever the cells hold.
func TestReadProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		separator := rapid.SampledFrom([]string{";", ",", "\t"}).Draw(t, "separator")
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab é\",;\n\t")), 0, 8, -1)
		var want [][]string
		out := strings.ReplaceAll(header, ";", separator)
		for range rapid.IntRange(1, 5).Draw(t, "lines") {
			cells := []string{"C"}
			for range 7 {
				cells = append(cells, cell.Draw(t, "cell"))
			}
			want = append(want, cells)
			var written []string
			for _, c := range cells {
				written = append(written, `"`+strings.ReplaceAll(c, `"`, `""`)+`"`)
			}
			out += strings.Join(written, separator) + "\n"
		}
		f, err := readImport([]byte(out))
		if err != nil || len(f.records) != len(want) {
			t.Fatalf("%v, %d records", err, len(want))
		}
		order := []int{colCode, colKind, colName, colParent, colValidFrom, colAddress, colPhone, colEmail}
		for i, r := range f.records {
			for j, column := range order {
				if r.cells[column] != strings.TrimSpace(want[i][j]) {
					t.Fatalf("record %d column %d: %q, want %q", i, j, r.cells[column], want[i][j])
				}
			}
		}
	})
}

func FuzzReadImport(f *testing.F) {
	for _, seed := range []string{base, header, "", "\xff\xfe", header + "\"", header + "\"\"\"\n;;;\n", strings.ReplaceAll(base, ";", ","), "code\tkind"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := readImport(data)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		last := int64(1)
		for _, r := range file.records {
			if r.line <= last {
				t.Fatalf("line %d after %d", r.line, last)
			}
			last = r.line
			for _, c := range r.cells {
				if !utf8.ValidString(c) {
					t.Fatalf("cell %q is no text", c)
				}
			}
		}
		today := date(t, "2026-03-16")
		p := newPlan(file.records, newForest([]*node{{id: 1, kind: Central, opened: Beginning()}}),
			map[string]*Unit{"DG": {ID: 1, Code: "DG", Kind: Central}}, 1, today)
		if c := p.totals(); c.Created+c.Updated+c.Moved+c.Unchanged+c.Rejected != c.Lines {
			t.Fatalf("lines are lost: %+v", c)
		}
	})
}

// bigFile is 10,000 units: 10 régions, 90 agences, 2,000 centres, 7,900 units,
// the deepest first.
func bigFile() string {
	var out strings.Builder
	out.WriteString(header)
	for i := range 7900 {
		fmt.Fprintf(&out, "U%d;unit;Unité %d;C%d;2022-01-01;;;\n", i, i, i%2000)
	}
	for i := range 2000 {
		fmt.Fprintf(&out, "C%d;centre;Centre %d;A%d;2021-01-01;;;\n", i, i, i%90)
	}
	for i := range 90 {
		fmt.Fprintf(&out, "A%d;agency_mixed;Agence %d;R%d;2015-01-01;;;\n", i, i, i%10)
	}
	for i := range 10 {
		fmt.Fprintf(&out, "R%d;region;Région %d;DG;2010-01-01;;;\n", i, i)
	}
	return out.String()
}

// Ten thousand units arrive in seconds, again without change, and move together.
func TestImportTenThousand(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, b *bench) {
		start := time.Now()
		b.imported(bigFile(), nil, Applied, counts{Lines: 10000, Created: 10000})
		t.Logf("10,000 units in %s", time.Since(start))
		b.healthy()
		start = time.Now()
		b.imported(bigFile(), nil, Unchanged, counts{Lines: 10000, Unchanged: 10000})
		t.Logf("again in %s", time.Since(start))
		list, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"kind": "region"}, op.Page{})
		agences, _ := rows[UnitRow](b, admin, "org.unit.list", op.Input{"text": "A7", "kind": "agency_mixed"}, op.Page{Limit: 1})
		b.ids["A7"] = agences[0].ID
		start = time.Now()
		b.change("move", agences[0].Code, op.Input{"parent": list[3].ID.String(), "valid_from": "2026-04-01"})
		t.Logf("moving an agence in %s", time.Since(start))
		start = time.Now()
		tree := do[Tree](b, "org.unit.tree", op.Input{})
		t.Logf("root of the tree in %s", time.Since(start))
		if tree.Nodes[0].Below != 10000 || tree.Nodes[0].Children != 10 {
			t.Errorf("root: %+v", tree.Nodes[0])
		}
		b.healthy()
	})
}
