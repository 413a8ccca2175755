package render_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"wasl/internal/delivery/render"
	"wasl/internal/delivery/render/shop"
	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

// sheetRow has a column of each type.
type sheetRow struct {
	ID     op.ID           `json:"id"`
	Code   string          `json:"code"`
	Name   string          `json:"name"`
	Amount money.Amount    `json:"amount"`
	Count  int64           `json:"count"`
	Kind   shop.Kind       `json:"kind"`
	Since  day.Date        `json:"since"`
	Noted  time.Time       `json:"noted_at"`
	Active bool            `json:"active"`
	Price  money.Price     `json:"price"`
	Volume money.Quantity  `json:"volume"`
	Share  money.Rate      `json:"share"`
	Month  day.Month       `json:"month"`
	Words  []string        `json:"words"`
	Token  string          `json:"token" out:"secret"`
	Due    *money.Amount   `json:"due"`
	First  day.Date        `json:"first" out:"month"`
	_      map[string]bool // what is not exported is no column
}

// wideRow is a row with columns of its own.
type wideRow struct {
	Cells []string `json:"cells"`
}

func (w wideRow) Wide() (header, cells []string) { return []string{"ligne", "=motif"}, w.Cells }

// listOf is the definition of a list of rows.
func listOf[Row any]() *op.Def {
	r := op.NewRegistry()
	op.RegisterList(r, op.Spec{Name: "shop.thing.list", Path: "/things"}, op.ListHandler[shop.Nothing, Row]{
		Rows: func(context.Context, *op.Exec, shop.Nothing) iter.Seq2[Row, error] {
			return func(func(Row, error) bool) {}
		},
	})
	return r.Find("shop.thing.list")
}

// workbookOf writes rows and reads the workbook back.
func workbookOf[Row any](t *testing.T, rows ...Row) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	b := render.NewWorkbook(&out, listOf[Row]())
	if err := b.Header(words(t)); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := b.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if out.Len() != 0 {
		t.Errorf("%d bytes before the end", out.Len())
	}
	if err := errors.Join(b.End(), b.Close()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func date(t *testing.T, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// number and text are the types of cells: a number has no mark in the format.
const (
	number = excelize.CellTypeUnset
	inText = excelize.CellTypeInlineString
)

func TestWorkbookCells(t *testing.T) {
	t.Parallel()
	since, month := date(t, "2026-01-31"), day.Month{}
	if err := month.UnmarshalText([]byte("2026-03")); err != nil {
		t.Fatal(err)
	}
	// 31 January 2026 is day 46053 of the format (1 January 1900 is day 1 and the format
	// counts a 29 February 1900). Noon of UTC is one in the afternoon at Casablanca.
	f := workbookOf(t, sheetRow{
		ID: 9007199254740991, Code: "0042", Name: "=1+1", Amount: -1234567_50, Count: 12, Kind: "part", Since: since,
		Noted: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Active: true, Price: 1_234567, Volume: 12_500, Share: 1975,
		Month: month, Words: []string{"a", "b"}, Token: "hidden", First: date(t, "2026-03-01"),
	}, sheetRow{Code: "-5", Name: "bon & <b>", Amount: 99999999999999_99, Since: date(t, "1899-12-31")})
	const sheet = "Consulter les choses"
	for cell, want := range map[string]struct {
		raw, shown string
		kind       excelize.CellType
	}{
		"A1": {"Numéro interne", "", inText},
		"B1": {"Code", "", inText},
		"D1": {"Montant", "", inText},
		"A2": {"9007199254740991", "9007199254740991", inText},
		"B2": {"0042", "0042", inText},
		"C2": {"'=1+1", "'=1+1", inText},
		"D2": {"-1234567.5", "-1,234,567.50", number},
		"E2": {"12", "12", number},
		"F2": {"pièce", "pièce", inText},
		"G2": {"46053", "31/01/2026", number},
		"H2": {"46053.541666666664", "31/01/2026 13:00", number},
		"I2": {"oui", "oui", inText},
		"J2": {"1.234567", "1.234567", number},
		"K2": {"12.5", "12.5", number},
		"L2": {"0.1975", "19.75%", number},
		"M2": {"2026-03", "2026-03", inText},
		"N2": {`["a","b"]`, `["a","b"]`, inText},
		"O2": {"", "", number},               // no value; the secret has no column
		"P2": {"46082", "mars 2026", number}, // 29 days after 31 January; shown as its month
		"Q1": {"", "", number},
		// What the format cannot hold exactly stays a text, and a text stays one.
		"A3": {"", "", number},
		"B3": {"'-5", "'-5", inText},
		"C3": {"bon & <b>", "bon & <b>", inText},
		"D3": {"99999999999999.99", "99999999999999.99", inText},
		"G3": {"1899-12-31", "1899-12-31", inText},
		"I3": {"non", "non", inText},
	} {
		raw, err := f.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
		shown, shownErr := f.GetCellValue(sheet, cell)
		kind, kindErr := f.GetCellType(sheet, cell)
		if err := errors.Join(err, shownErr, kindErr); err != nil {
			t.Fatal(err)
		}
		if raw != want.raw || want.shown != "" && shown != want.shown || kind != want.kind {
			t.Errorf("%s: %q shown %q of type %d, want %+v", cell, raw, shown, kind, want)
		}
		if formula, err := f.GetCellFormula(sheet, cell); err != nil || formula != "" {
			t.Errorf("%s holds the formula %q %v", cell, formula, err)
		}
	}
	if props, err := f.GetDocProps(); err != nil || props.Title != sheet {
		t.Errorf("properties %+v %v", props, err)
	}
	if panes, err := f.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v %v", panes, err)
	}
	var filter string
	for _, name := range f.GetDefinedName() {
		filter += name.RefersTo
	}
	if filter != "'Consulter les choses'!$A$1:$P$3" {
		t.Errorf("the filter covers %q", filter)
	}
}

// The cells sum up to the list, exactly and in a spreadsheet that adds binary numbers and
// shows centimes: 1,000 amounts of k dirhams and 37 centimes come to 500,500 + 370 dirhams.
func TestWorkbookTotals(t *testing.T) {
	t.Parallel()
	rows := make([]sheetRow, 1000)
	for i := range rows {
		rows[i].Amount = money.Amount(100*(i+1) + 37)
	}
	f := workbookOf(t, rows...)
	sheet := f.GetSheetName(0)
	var total money.Amount
	for i := range rows {
		raw, err := f.GetCellValue(sheet, "D"+strconv.Itoa(i+2), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		amount, err := money.ParsePlain[money.Amount](raw)
		if err != nil {
			t.Fatal(err)
		}
		total += amount
	}
	if total != 500_870_00 {
		t.Errorf("the cells come to %s", total)
	}
	if err := f.SetCellFormula(sheet, "R1", "ROUND(SUM(D2:D1001),2)"); err != nil {
		t.Fatal(err)
	}
	if sum, err := f.CalcCellValue(sheet, "R1", excelize.Options{RawCellValue: true}); err != nil || sum != "500870" {
		t.Errorf("the sum is %q %v", sum, err)
	}
	if empty, err := workbookOf[sheetRow](t).GetRows(sheet); err != nil || len(empty) != 1 || len(empty[0]) != 16 {
		t.Errorf("an empty list has %v %v", empty, err)
	}
}

func TestWorkbookOfWideRows(t *testing.T) {
	t.Parallel()
	f := workbookOf(t, wideRow{[]string{"12", "+inconnu"}}, wideRow{[]string{"", "@"}})
	rows, err := f.GetRows(f.GetSheetName(0))
	want := [][]string{{"ligne", "'=motif"}, {"12", "'+inconnu"}, {"", "'@"}}
	if err != nil || len(rows) != 3 {
		t.Fatalf("%q %v", rows, err)
	}
	for i, row := range want {
		if strings.Join(rows[i], "|") != strings.Join(row, "|") {
			t.Errorf("line %d is %q", i, rows[i])
		}
	}
	if none, err := workbookOf[wideRow](t).GetRows("Consulter les choses"); err != nil || len(none) != 0 {
		t.Errorf("no rows give %q %v", none, err)
	}
}

// A cell takes 32,767 UTF-16 units; more is cut where it is seen, between two letters.
func TestWorkbookLongText(t *testing.T) {
	t.Parallel()
	whole, long := strings.Repeat("é", 32_767), strings.Repeat("é", 32_765)+"😀😀"
	f := workbookOf(t, sheetRow{Name: whole}, sheetRow{Name: long})
	for cell, want := range map[string]string{"C2": whole, "C3": strings.Repeat("é", 32_765) + "…"} {
		if got, err := f.GetCellValue(f.GetSheetName(0), cell); err != nil || got != want {
			t.Errorf("%s has %d bytes, want %d (%v)", cell, len(got), len(want), err)
		}
	}
}

// nowhere fails at each write.
type nowhere struct{}

func (nowhere) Write([]byte) (int, error) { return 0, fault.New(fault.Unavailable, "api.client_gone") }

func TestWorkbookThatBreaks(t *testing.T) {
	t.Parallel()
	b := render.NewWorkbook(nowhere{}, listOf[shop.Row]())
	if err := b.Close(); err != nil {
		t.Errorf("closed before it began: %v", err)
	}
	if err := b.Header(words(t)); err != nil {
		t.Fatal(err)
	}
	if err := b.End(); fault.CodeOf(err) != "api.client_gone" {
		t.Errorf("the end gave %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// A sheet has 1,048,576 lines, that of the labels among them: the row after the last is
// refused before anything was sent.
func TestWorkbookRowsMax(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a million rows")
	}
	b := render.NewWorkbook(io.Discard, listOf[shop.Row]())
	defer func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := b.Header(words(t)); err != nil {
		t.Fatal(err)
	}
	row := shop.Row{N: 1}
	for n := 1; n < 1_048_576; n++ {
		if err := b.Row(row); err != nil {
			t.Fatalf("row %d: %v", n, err)
		}
	}
	err := b.Row(row)
	if fault.CodeOf(err) != "export.sheet_rows" || !strings.Contains(words(t).Error(fault.As(err)), "1\u202f048\u202f575") {
		t.Errorf("the row too many: %v", err)
	}
}

// benchRow has the twelve columns of a list of bills.
type benchRow struct {
	ID      op.ID        `json:"id"`
	Number  string       `json:"number"`
	Name    string       `json:"name"`
	Address string       `json:"address"`
	Net     money.Amount `json:"net"`
	Tax     money.Amount `json:"tax"`
	Total   money.Amount `json:"total"`
	Volume  int64        `json:"volume"`
	Issued  day.Date     `json:"issued_on"`
	Due     day.Date     `json:"due_on"`
	Paid    bool         `json:"paid"`
	Kind    shop.Kind    `json:"kind"`
}

// BenchmarkWorkbook writes 500,000 rows of twelve columns, and tells the most memory in use.
func BenchmarkWorkbook(b *testing.B) {
	texts, err := shop.Texts(os.DirFS("../../platform/text"))
	if err != nil {
		b.Fatal(err)
	}
	d, w := listOf[benchRow](), render.NewWords(texts, "fr")
	issued, err := day.Parse("2026-03-01")
	if err != nil {
		b.Fatal(err)
	}
	peak, size := uint64(0), 0
	for b.Loop() {
		out := &counter{}
		book := render.NewWorkbook(out, d)
		if err := book.Header(w); err != nil {
			b.Fatal(err)
		}
		for n := range 500_000 {
			if err := book.Row(benchRow{
				ID: op.ID(1_000_000 + n), Number: "F-2026-0004217", Name: "BENNANI Abdelkrim", Address: "12, rue Ibn Batouta, Meknès",
				Net: money.Amount(n), Tax: money.Amount(n / 5), Total: money.Amount(n + n/5), Volume: int64(n % 900), Issued: issued,
				Due: issued.AddDays(n % 30), Paid: n%2 == 0, Kind: "part",
			}); err != nil {
				b.Fatal(err)
			}
			if n%10_000 == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.Sys-m.HeapReleased)
			}
		}
		if err := errors.Join(book.End(), book.Close()); err != nil {
			b.Fatal(err)
		}
		size = out.n
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.Sys-m.HeapReleased)
	}
	b.ReportMetric(float64(peak>>20), "MB-held")
	b.ReportMetric(float64(size>>20), "MB-file")
}

// counter counts what is written.
type counter struct{ n int }

func (c *counter) Write(p []byte) (int, error) {
	c.n += len(p)
	return len(p), nil
}
