package billing

import (
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/text"
	"wasl/internal/testkit/pdftext"
)

func on(t testing.TB, s string) day.Date {
	t.Helper()
	d, err := day.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func units(n int64) *money.Quantity { v := money.Quantity(n * 1000); return &v }
func perUnit(n int64) *money.Price  { v := money.Price(n); return &v }

// electricity is a bill of 250 kWh as the worked example of the screens has it: 291.90 of
// energy, 19.66 of fixed charges and 35.00 of TPPAN, taxes of 20 % comprised; 288.80
// without, 57.76 of VAT.
func electricity(t testing.TB) sheet {
	t.Helper()
	s := sheet{
		tariff: "Électricité, basse tension, usage domestique",
		issuer: issuer{
			name: "L’Office", legalForm: "Établissement public", ice: "001525713000078", taxID: "3330145", tradeRegister: "Rabat 12345",
			address: "6 bis, rue Lumumba, Rabat", phone: "05 37 66 77 00",
		},
		office: office{"Centre Kasba Tadla", "bd Zerktouni", "05 23 41 80 12"},
	}
	c := &s.card
	c.Bill = Bill{
		Kind: KindBill, Number: "F2026-1-1-00001874", Contract: "0412-207-3", Service: "electricity", Category: "DOM", From: on(t, "2026-09-19"),
		To: on(t, "2026-10-19"), Quantity: 250_000, IssuedOn: on(t, "2026-10-24"), DueOn: on(t, "2026-11-23"), Net: 288_80, Tax: 57_76, Total: 346_56,
	}
	c.BillParty = BillParty{
		CustomerCode: "C-207", Name: "EL AMRANI Fatima", NameArabic: "\u0641\u0627\u0637\u0645\u0629", Address: "14, rue Atlas", City: "Kasba Tadla",
		PointAddress: "14, rue Atlas", Locality: "Kasba Tadla", Route: "KT-05", Sequence: 118,
	}
	c.Basis, c.Measure, c.Before = "TTC", "kWh", 212_40
	c.Lines = []BillLine{
		{Label: "Énergie", Quantity: units(250), Price: perUnit(1_167_600), Amount: 291_90, Rate: 2000, Block: 4, Above: units(210), UpTo: units(310), Whole: true},
		{Label: "Redevances fixes", Amount: 19_66, Rate: 2000},
		{Label: "TPPAN", Amount: 35_00, Rate: 2000},
	}
	c.Taxes = []BillTax{{"vat", 2000, 288_80, 57_76}}
	c.Readings = []BillReading{{
		Meter: "05 220 417", From: on(t, "2026-09-18"), To: on(t, "2026-10-19"), Old: 12_604_000, New: 12_854_000, OldKind: "read", NewKind: "estimated",
		Coefficient: 1000,
	}}
	for i, n := range []int64{203, 188, 176, 182, 191, 184, 179, 196, 208, 236, 262, 231, 250} {
		c.History = append(c.History, MonthQuantity{on(t, "2025-10-01").AddMonths(i), money.Quantity(n * 1000)})
	}
	return s
}

// pagesOf prints sheets and reads them back.
func pagesOf(t *testing.T, all ...sheet) []string {
	t.Helper()
	words, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	k, err := newPress(doc.NewFonts(), words.Printer("fr"), "Essai", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if err := k.sheet(&all[i]); err != nil {
			t.Fatal(err)
		}
	}
	body, err := k.p.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if missing := words.Missing(); len(missing) > 0 {
		t.Errorf("texts missing: %v", missing)
	}
	return pdftext.Pages(t, body)
}

// TestPaper reads a bill as its customer does.
func TestPaper(t *testing.T) {
	t.Parallel()
	pages := pagesOf(t, electricity(t))
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	pdftext.Says(t, pages[0], []string{
		"Facture d’électricité", "F2026-1-1-00001874", "ICE\u00a0001525713000078  IF\u00a03330145  RC\u00a0Rabat 12345", "EL AMRANI Fatima",
		"\ufe94\ufee4\ufec3\ufe8e\ufed3", "0412-207-3", "KT-05, rang 118", "du 19/09/2026 au 19/10/2026", "05 220 417", "12\u202f604", "12\u202f854",
		"19/10/2026, Estimé", "250\u00a0kWh", "tranche 4, appliquée à tout le volume", "1,1676", "291,90", "288,80", "57,76", "346,56\u00a0DH",
		"Trois cent quarante-six dirhams et cinquante-six centimes", "23/11/2026", "Reste dû avant cette facture", "212,40",
		// 212.40 + 346.56 = 558.96.
		"558,96\u00a0DH", "262", "août", "Talon de paiement", "F2026-1-1-00001874/346.56",
	}, []string{"DUPLICATA"})
}

// TestPaperOfOthers looks at a duplicate, at an advance that covers the bill, and at a
// credit note: none of the last two has a slip.
func TestPaperOfOthers(t *testing.T) {
	t.Parallel()
	twice, paid, note := electricity(t), electricity(t), electricity(t)
	twice.duplicate = true
	paid.card.Before = -500_00
	note.card.Kind, note.card.Number, note.card.CancelsNumber, note.card.Reason = KindCreditNote, "A2026-1-1-00000012", note.card.Number, "Index mal relevé"
	note.card.Net, note.card.Tax, note.card.Total = -288_80, -57_76, -346_56
	note.card.negate()
	pages := pagesOf(t, twice, paid, note)
	if len(pages) != 3 {
		t.Fatalf("%d pages", len(pages))
	}
	pdftext.Says(t, pages[0], []string{"DUPLICATA", "Talon de paiement"}, nil)
	pdftext.Says(t, pages[1], []string{"Avance à votre crédit", "\u2013500,00", "0,00\u00a0DH"}, []string{"Talon de paiement", "DUPLICATA"})
	pdftext.Says(t, pages[2], []string{
		"Avoir", "Facture annulée", "F2026-1-1-00001874", "Index mal relevé", "\u2013291,90", "\u201357,76", "\u2013346,56\u00a0DH", "Avoir arrêté à la somme de",
		"Trois cent quarante-six dirhams et cinquante-six centimes",
	}, []string{"Talon de paiement", "Facture d’électricité"})
}

// TestPaperOverflows prints more lines than a page holds: every one is there once.
func TestPaperOverflows(t *testing.T) {
	t.Parallel()
	s := electricity(t)
	s.card.Lines = nil
	const lines = 90
	for i := range lines {
		s.card.Lines = append(s.card.Lines, BillLine{Label: "Ligne", Amount: money.Amount(1000_00 + i), Rate: 2000})
	}
	pages := pagesOf(t, s)
	if len(pages) < 2 {
		t.Fatalf("%d pages", len(pages))
	}
	for i := range lines {
		if n := strings.Count("\n"+strings.Join(pages, "\n")+"\n", "\n"+money.Amount(1000_00+i).French()+"\n"); n != 1 {
			t.Errorf("line %d stands %d times", i+1, n)
		}
	}
}

// TestSlip reads slips back.
func TestSlip(t *testing.T) {
	t.Parallel()
	number, amount, err := ParseSlip(SlipCode("F2026-1-1-00001874", 346_56) + "\r\n")
	if err != nil || number != "F2026-1-1-00001874" || amount != 346_56 {
		t.Errorf("%q %v: %v", number, amount, err)
	}
	for _, code := range []string{"", "F2026-1-1-00001874", "/12.00", "F1/x"} {
		if _, _, err := ParseSlip(code); fault.CodeOf(err) != "billing.slip" {
			t.Errorf("%q is taken for a slip: %v", code, err)
		}
	}
}

// BenchmarkSheet prints bills, five hundred in a document.
func BenchmarkSheet(b *testing.B) {
	words, err := text.New()
	if err != nil {
		b.Fatal(err)
	}
	fonts, s := doc.NewFonts(), electricity(b)
	var k *press
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 {
			if k != nil {
				if _, err := k.p.Bytes(); err != nil {
					b.Fatal(err)
				}
			}
			if k, err = newPress(fonts, words.Printer("fr"), "Essai", time.Unix(0, 0)); err != nil {
				b.Fatal(err)
			}
		}
		if err := k.sheet(&s); err != nil {
			b.Fatal(err)
		}
	}
}
