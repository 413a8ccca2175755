package intake

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
)

const (
	bookHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	sheetTop = bookHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetEnd = `</sheetData></worksheet>`
)

// book is the parts of a workbook.
type book map[string]string

// bookOf is a workbook whose first sheet has these rows under a header of two columns.
func bookOf(rows string) book {
	return book{
		"[Content_Types].xml": bookHead + `<Types/>`,
		"xl/workbook.xml": bookHead + `<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="Relevés" sheetId="7" r:id="rId3"/>` +
			`<sheet name="Autre" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": bookHead + `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId3" Target="worksheets/sheet2.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": sheetTop + `<row><c><v>999</v></c></row>` + sheetEnd,
		"xl/worksheets/sheet2.xml": sheetTop + `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Valeur</t></is></c></row>` + rows + sheetEnd,
		"xl/sharedStrings.xml":     bookHead + `<sst><si><t>Code</t></si><si><r><t>ri</t></r><r><t>che</t></r><rPh><t>xx</t></rPh></si></sst>`,
		"xl/styles.xml": bookHead + `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/>` +
			`<numFmt numFmtId="165" formatCode="[Red]#,##0.00;&quot;day&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/></cellXfs></styleSheet>`,
	}
}

func testBook(t testing.TB, b book) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range b {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	rows := `<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>12.5</v></c></row>` +
		`<row r="4"><c r="B4" s="1"><v>46053</v></c></row>` +
		`<row r="5"><c r="A5" t="b"><v>1</v></c><c r="C5" t="str"><f>A1</f><v>trop</v></c></row>`
	form, got, why := readAll(t, testBook(t, bookOf(rows)), wishes{})
	if why != "" || form.Charset != Workbook || form.Sheet != "Relevés" || strings.Join(form.Header, ",") != "Code,Valeur" || form.Lines != 3 {
		t.Fatalf("%s: %+v", why, form)
	}
	if want := "[[riche 12.5] [ 2026-01-31] [true  trop]]"; fmt.Sprint(got) != want {
		t.Errorf("%q; want %s", got, want)
	}
}

// Numbers and dates of cells, by the serial numbers of the standard (ECMA-376 part 1,
// §18.17.4): 1 is 1900-01-01, 60 is a day that never was, 61 is 1900-03-01.
func TestNumberText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw     string
		kind    styleKind
		epoch04 bool
		want    string
	}{
		{"12", plainNumber, false, "12"},
		{"000123456789012", plainNumber, false, "000123456789012"},
		{"0.30000000000000004", plainNumber, false, "0.3"},
		{"1.1000000000000001", plainNumber, false, "1.1"},
		{"1E+3", plainNumber, false, "1000"},
		{"1.5e-7", plainNumber, false, "0.00000015"},
		{"-2.50", plainNumber, false, "-2.5"},
		{"123456789012345678901", plainNumber, false, "123456789012345678901"},
		{"#N/A", plainNumber, false, "#N/A"},
		{"1", dateNumber, false, "1900-01-01"},
		{"59", dateNumber, false, "1900-02-28"},
		{"60", dateNumber, false, "60"},
		{"61", dateNumber, false, "1900-03-01"},
		{"46053", dateNumber, false, "2026-01-31"},
		{"46053.75", dateNumber, false, "2026-01-31"},
		{"46053.75", instantNumber, false, "2026-01-31 18:00:00"},
		{"46053", instantNumber, false, "2026-01-31"},
		{"46053.999999999", instantNumber, false, "2026-02-01"},
		{"0.5", timeNumber, false, "12:00:00"},
		{"0", dateNumber, true, "1904-01-01"},
		{"44591", dateNumber, true, "2026-01-31"},
		{"-1", dateNumber, false, "-1"},
		{"2958465", dateNumber, false, "9999-12-31"},
		{"2958466", dateNumber, false, "2958466"},
	} {
		if got := numberText(c.raw, c.kind, c.epoch04); got != c.want {
			t.Errorf("%s %d %v: %s; want %s", c.raw, c.kind, c.epoch04, got, c.want)
		}
	}
	for code, want := range map[string]styleKind{
		"General": plainNumber, "0.00": plainNumber, `#,##0 "dh"`: plainNumber, "[Red]0": plainNumber, "yyyy-mm-dd": dateNumber, "mmm-yy": dateNumber,
		"hh:mm": timeNumber, "[h]:mm:ss": timeNumber, "d/m/yy h:mm": instantNumber, `\d0`: plainNumber, "0_d": plainNumber, "mmmm": dateNumber,
	} {
		if got := formatKind(code); got != want {
			t.Errorf("%q: %d; want %d", code, got, want)
		}
	}
}

// What is no workbook, or wants to fill the memory, is refused.
func TestWorkbookRefused(t *testing.T) {
	t.Parallel()
	good := bookOf(`<row><c><v>1</v></c></row>`)
	with := func(name, content string) book {
		b := book{}
		for k, v := range good {
			b[k] = v
		}
		if b[name] = content; content == "" {
			delete(b, name)
		}
		return b
	}
	sheet := "xl/worksheets/sheet2.xml"
	for name, c := range map[string]struct {
		b    book
		want string
	}{
		"no workbook":       {with("xl/workbook.xml", ""), "import.workbook"},
		"no sheet":          {with(sheet, ""), "import.workbook"},
		"no header":         {with(sheet, sheetTop+sheetEnd), "import.empty"},
		"a document type":   {with(sheet, bookHead+`<!DOCTYPE x [<!ENTITY a "b">]>`+sheetTop[len(bookHead):]+sheetEnd), "import.workbook"},
		"an entity":         {with(sheet, sheetTop+`<row><c t="str"><v>&bomb;</v></c></row>`+sheetEnd), "import.workbook"},
		"a sheet that ends": {with(sheet, good[sheet][:len(good[sheet])-40]), "import.workbook"},
		"unknown text":      {with(sheet, sheetTop+`<row><c t="s"><v>9</v></c></row>`+sheetEnd), "import.workbook"},
		"too many texts":    {with("xl/sharedStrings.xml", `<sst>`+strings.Repeat(`<si><t>`+strings.Repeat("x", 1000)+`</t></si>`, 26_000)+`</sst>`), "import.workbook_large"},
		"one long text":     {with("xl/sharedStrings.xml", `<sst><si><t>`+strings.Repeat("x", 2<<20)+`</t></si></sst>`), "import.line_too_long"},
		"one long mark":     {with(sheet, sheetTop+`<row `+strings.Repeat("a", 2<<20)+`="1"/>`+sheetEnd), "import.line_too_long"},
	} {
		_, _, why := readAll(t, testBook(t, c.b), wishes{})
		if why != c.want {
			t.Errorf("%s: %q; want %s", name, why, c.want)
		}
	}
	whole := testBook(t, good)
	for cut := range len(whole) {
		if _, _, why := readAll(t, whole[:cut], wishes{}); why == "" {
			t.Fatalf("cut at %d: accepted", cut)
		}
	}
	_, got, _ := readAll(t, testBook(t, with(sheet, sheetTop+`<row><c t="str"><v>a</v></c></row><row><c r="ZZZ1"><v>1</v></c></row><row><c t="str"><v>`+
		strings.Repeat("x", RecordBytesMax+1)+`</v></c></row>`+sheetEnd)), wishes{})
	if fmt.Sprint(got) != "[[!import.line_too_long] [!import.line_too_long]]" {
		t.Errorf("wide and long rows: %.200q", fmt.Sprint(got))
	}
}
