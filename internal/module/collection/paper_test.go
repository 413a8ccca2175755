package collection

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/module/ledger"
	"wasl/internal/platform/doc"
	"wasl/internal/platform/op"
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

// twoMeans is a receipt of 163.42 and 87.00 of two bills, the second in part: 200.00 in
// cash, which bear 0.50, and a cheque of 50.42. The first bill gets 163.42 of the cash,
// the second the 36.58 left of it and the cheque: 87.00 of 120.00, so that 33.00 stay.
func twoMeans(t testing.TB) *sheet {
	t.Helper()
	s := &sheet{
		session: Session{Number: "CS2026-ONEE-1-000012", Desk: "Guichet 2"}, cashier: "Salma Idrissi",
		issuer: issuer{
			name: "L’Office", legalForm: "Établissement public", ice: "001525713000078", taxID: "3330145", tradeRegister: "Rabat 12345",
			address: "6 bis, rue Lumumba, Rabat",
		},
		office: office{"Centre Kasba Tadla", "bd Zerktouni", "05 23 41 80 12"},
		party:  party{code: "C-207", name: "EL AMRANI Fatima", nameArabic: "\u0641\u0627\u0637\u0645\u0629"},
		kinds:  map[string]string{"cash": "Espèces", "cheque": "Chèque"},
	}
	s.card.Receipt = Receipt{
		Number: "REC2026-ONEE-1-000012-0003", ReceivedOn: on(t, "2026-11-23"), Total: 250_42, Stamp: 50, ToPay: 250_92, Given: 300_00, Change: 99_50, State: Taken,
		RecordedAt: time.Date(2026, 11, 23, 9, 41, 0, 0, time.UTC),
	}
	s.card.Code = "ABCD-2345-WXYZ"
	s.card.Tenders = []Tender{
		{No: 1, Kind: "cash", Settles: AtReceipt, Cash: true, Amount: 200_00, Stamp: 50},
		{No: 2, Kind: "cheque", Settles: AtClearing, Amount: 50_42, Reference: "4711", Bank: "Banque Populaire"},
	}
	s.card.Lines = []ReceiptLine{{No: 1, Tender: 1, Kind: ledger.ItemReceipt, Amount: 200_00}, {No: 2, Tender: 2, Kind: ledger.ItemReceipt, Amount: 50_42}}
	due := on(t, "2026-10-31")
	s.card.Paid = []Paid{
		{Item: 1, Number: "0412-207-3", Document: "F2026-ONEE-1-00001874", DueOn: due, Amount: 163_42, Of: 163_42, Left: 0},
		{Item: 2, Number: "0412-207-3", Document: "F2026-ONEE-1-00002207", DueOn: due, Amount: 36_58, Of: 120_00, Left: 83_42},
		{Item: 2, Number: "0412-207-3", Document: "F2026-ONEE-1-00002207", DueOn: due, Amount: 50_42, Of: 120_00, Left: 33_00},
	}
	return s
}

// presser makes the module as far as papers need it.
func presser(t testing.TB) (*Module, *text.Catalog) {
	t.Helper()
	words, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return New(Options{Words: words.Printer("fr"), Fonts: doc.NewFonts()}), words
}

// pagesOf prints a receipt and reads it back.
func pagesOf(t testing.TB, s *sheet, paper Paper) []string {
	t.Helper()
	m, words := presser(t)
	body, err := m.printReceipt(s, paper)
	if err != nil {
		t.Fatal(err)
	}
	if missing := words.Missing(); len(missing) > 0 {
		t.Errorf("texts missing: %v", missing)
	}
	return pdftext.Pages(t, body)
}

// says is pdftext.Says with one kind of no-break space.
func says(t testing.TB, page string, want, not []string) {
	t.Helper()
	pdftext.Says(t, strings.ReplaceAll(page, "\u202f", "\u00a0"), want, not)
}

// TestReceiptOnPaper: a receipt says who paid, what each bill got and what is left of it,
// the means, the duty, and what proves it, on every paper.
func TestReceiptOnPaper(t *testing.T) {
	t.Parallel()
	for _, paper := range []Paper{PaperA4, PaperA5, PaperTicket} {
		pages := pagesOf(t, twoMeans(t), paper)
		if len(pages) != 1 {
			t.Fatalf("%s: %d pages", paper, len(pages))
		}
		says(t, pages[0], []string{
			"L’Office", "Reçu", "REC2026-ONEE-1-000012-0003", "le 23/11/2026 à 10:41", "Guichet 2, session CS2026-ONEE-1-000012", "Caissier\u00a0: Salma Idrissi",
			"EL AMRANI Fatima", "\ufe94\ufee4\ufec3\ufe8e\ufed3", "Client C-207",
			"F2026-ONEE-1-00001874", "163,42", "F2026-ONEE-1-00002207", "87,00", "33,00",
			"Total réglé", "250,42", "Droit de timbre", "0,50", "Total encaissé", "250,92\u00a0DH",
			"Espèces", "200,50", "Chèque · 4711 · Banque Populaire", "50,42", "Somme remise", "300,00", "Monnaie rendue", "99,50", "ABCD-2345-WXYZ",
		}, []string{"DUPLICATA", "ANNULÉ", "83,42", "36,58", "page 1/1"})
	}
	says(t, pagesOf(t, twoMeans(t), PaperA4)[0], []string{
		"Deux cent cinquante dirhams et quatre-vingt-douze centimes", "Établissement public · 6 bis, rue Lumumba, Rabat", "120,00", "0,00",
		"Le chèque est reçu sous réserve de son encaissement.",
	}, nil)
}

// TestReceiptMarks: what is no original says so, and what was taken back too.
func TestReceiptMarks(t *testing.T) {
	t.Parallel()
	for _, paper := range []Paper{PaperA5, PaperTicket} {
		s := twoMeans(t)
		s.duplicate = true
		says(t, pagesOf(t, s, paper)[0], []string{"DUPLICATA"}, []string{"ANNULÉ"})
		s.card.State = Cancelled
		says(t, pagesOf(t, s, paper)[0], []string{"ANNULÉ"}, []string{"DUPLICATA"})
	}
}

// TestReceiptKept: what is beyond the bills is named as what it is; a payer who is not
// the customer stands alone.
func TestReceiptKept(t *testing.T) {
	t.Parallel()
	for _, paper := range []Paper{PaperA5, PaperTicket} {
		s := twoMeans(t)
		s.card.Payer = "La Caisse d’un voisin"
		s.card.Total += 20_00
		s.card.Lines = append(s.card.Lines, ReceiptLine{No: 3, Tender: 1, Kind: ledger.ItemAdvance, Amount: 20_00})
		says(t, pagesOf(t, s, paper)[0], []string{"La Caisse d’un voisin", "Avance", "20,00", "270,42"}, []string{"\ufe94\ufee4\ufec3\ufe8e\ufed3"})
	}
}

// TestReceiptOfManyBills: 200 bills go over several pages, each of which tells its number
// and names the receipt; a ticket is as long as it must be.
func TestReceiptOfManyBills(t *testing.T) {
	t.Parallel()
	const bills = 200
	s := twoMeans(t)
	one := s.card.Paid[0]
	s.card.Paid = nil
	for i := range bills {
		one.Item = op.ID(100 + i)
		s.card.Paid = append(s.card.Paid, one)
	}
	pages := pagesOf(t, s, PaperA4)
	count := 0
	for i, page := range pages {
		count += strings.Count(page, one.Document)
		says(t, page, []string{"page " + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(pages))}, nil)
		if i > 0 {
			says(t, page, []string{"Reçu REC2026-ONEE-1-000012-0003", "Reste"}, nil)
		}
	}
	if count != bills || len(pages) < 2 {
		t.Errorf("%d bills on %d pages", count, len(pages))
	}
	roll := pagesOf(t, s, PaperTicket)
	if len(roll) != 1 || strings.Count(roll[0], one.Document) != bills {
		t.Errorf("a roll of %d pages", len(roll))
	}
}

// statementOf is a statement of a number of bills of 100.00, each paid by 60.00 the day after,
// after 50.00 that were owed before: 50 + 40 n in the end.
func statementOf(t testing.TB, bills int) *statementSheet {
	t.Helper()
	s := &statementSheet{
		issuer: issuer{name: "L’Office"}, office: office{name: "Centre Kasba Tadla"}, on: on(t, "2026-11-23"),
		party:     party{code: "C-207", name: "EL AMRANI Fatima", nameArabic: "\u0641\u0627\u0637\u0645\u0629", address: "14, rue Atlas", city: "Kasba Tadla"},
		statement: Statement{Number: "0412-207-3", Name: "EL AMRANI Fatima", From: on(t, "2026-01-01"), To: on(t, "2026-06-30"), Opening: 50_00, Closing: 50_00},
	}
	a := &s.statement
	for i := range bills {
		first := a.From.AddDays(2 * i)
		a.Movements = append(a.Movements,
			Movement{On: first, Kind: ledger.ItemBill, Document: "F-1", DueOn: first.AddDays(30), Debit: 100_00, Balance: a.Closing + 100_00},
			Movement{On: first.AddDays(1), Kind: ledger.ItemReceipt, Document: "REC-1", DueOn: first.AddDays(1), Credit: 60_00, Balance: a.Closing + 40_00})
		a.Closing, a.Debit, a.Credit = a.Closing+40_00, a.Debit+100_00, a.Credit+60_00
	}
	return s
}

func statementPages(t *testing.T, s *statementSheet) []string {
	t.Helper()
	m, words := presser(t)
	body, err := m.press(doc.A4(), "essai", time.Unix(0, 0), func(k *press) error { k.statement(s); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if missing := words.Missing(); len(missing) > 0 {
		t.Errorf("texts missing: %v", missing)
	}
	return pdftext.Pages(t, body)
}

// TestStatementOnPaper: opening, movements with their running balance, totals, closing.
func TestStatementOnPaper(t *testing.T) {
	t.Parallel()
	pages := statementPages(t, statementOf(t, 2))
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	says(t, pages[0], []string{
		"Relevé de compte", "0412-207-3", "du 01/01/2026 au 30/06/2026", "EL AMRANI Fatima", "\ufe94\ufee4\ufec3\ufe8e\ufed3", "14, rue Atlas, Kasba Tadla",
		"Solde de départ", "50,00", "150,00", "90,00", "190,00", "130,00", "Totaux et solde", "200,00", "120,00", "Reste dû au 30/06/2026", "130,00\u00a0DH",
		"page 1/1", "Édité le 23/11/2026",
	}, nil)
	s := statementOf(t, 0)
	s.statement.Opening, s.statement.Closing, s.statement.From, s.statement.To = -12_50, -12_50, day.Date{}, day.Date{}
	says(t, statementPages(t, s)[0], []string{"depuis l’ouverture du compte", "En faveur du client au 23/11/2026", "12,50\u00a0DH"}, nil)
}

// TestStatementOfManyPages: heads on every page, every movement once, the last balance at
// the end: 50.00 + 150 × 40.00.
func TestStatementOfManyPages(t *testing.T) {
	t.Parallel()
	pages := statementPages(t, statementOf(t, 150))
	count := 0
	for i, page := range pages {
		count += strings.Count(page, "F-1") + strings.Count(page, "REC-1")
		says(t, page, []string{"page " + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(pages)), "Solde", "Débit"}, nil)
		if i > 0 {
			says(t, page, []string{"Relevé de compte 0412-207-3"}, nil)
		}
	}
	if count != 300 || len(pages) < 5 {
		t.Errorf("%d movements on %d pages", count, len(pages))
	}
	says(t, pages[len(pages)-1], []string{"Totaux et solde", "15\u00a0000,00", "9\u00a0000,00", "6\u00a0050,00\u00a0DH"}, nil)
}
