package conformance

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
)

// pricing asks the utility for prices and changes its tariffs.
type pricing struct {
	*apptest.World
}

// total is what ten cubic metres cost over a month.
func (p pricing) total(from, to string) string {
	p.Helper()
	res := p.Must(apptest.Console(apptest.Admin), "tariff.quote.explain", about("tariff", apptest.TariffCode, "from", from, "to", to, "quantity", "10"))
	return res.Out.(tariff.Answer).Total.String()
}

func (p pricing) importFile(name string, body []byte) (tariff.ImportReport, error) {
	res, err := p.Run(apptest.Console(apptest.Admin), "tariff.import", about("files", op.NewUpload(name, body)))
	report, _ := res.Out.(tariff.ImportReport)
	return report, err
}

// approved carries a request out through the second person.
func (p pricing) approved(name string, in op.Input) op.Result {
	p.Helper()
	res := p.Must(apptest.Console(apptest.Admin), name, in)
	if res.Outcome != op.Proposed {
		p.Fatalf("%s was %s, not proposed", name, res.Outcome)
	}
	p.Must(op.Credential{Channel: op.Web, Token: p.Session(apptest.Second)}, "approval.approve", about("id", res.Proposal, "version", "1"))
	return res
}

// row is one version as the list shows it.
func (p pricing) row(name string) (found tariff.VersionRow) {
	p.Helper()
	_, err := p.App.Runner.Rows(p.Context(), op.Request{Name: "tariff.versions", Credential: apptest.Console(apptest.Admin), Input: op.Input{}}, nil, func(row any) error {
		if v := row.(tariff.VersionRow); v.Name == name {
			found = v
		}
		return nil
	})
	if err != nil || found.ID == 0 {
		p.Fatalf("version %s: %v", name, err)
	}
	return found
}

// versionsKnown is how many versions of the tariff another process prices with.
func (p pricing) versionsKnown(m *tariff.Module) (n int) {
	p.Helper()
	err := p.App.DB.Read(p.Context(), func(ctx context.Context, r db.Reader) error {
		book, err := m.Book(ctx, r)
		if err == nil {
			n = len(book.Tariff(apptest.TariffCode).Versions)
		}
		return err
	})
	if err != nil {
		p.Fatal(err)
	}
	return n
}

// TestTariffActivation follows a version from its import to its withdrawal. Prices
// by hand: 6 × 2.30 + 4 × 7.40 = 43.40, VAT of 8 % 3.47; 6 × 2.50 + 4 × 7.40 = 44.60, VAT 3.57.
func TestTariffActivation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		p := pricing{w}
		other := tariff.New(tariff.Options{})
		old, fresh := "46.87", "48.17"
		prices := func(when, wantNow, wantNext string, versions int) {
			t.Helper()
			if now, next := p.total("2026-01-01", "2026-01-31"), p.total("2027-01-01", "2027-01-31"); now != wantNow || next != wantNext {
				t.Errorf("%s: %s in 2026 and %s in 2027, want %s and %s", when, now, next, wantNow, wantNext)
			}
			if n := p.versionsKnown(other); n != versions {
				t.Errorf("%s: another process prices with %d versions, want %d", when, n, versions)
			}
		}
		prices("before", old, old, 1)
		activate := about("versions", []any{w.Versions[apptest.TariffDraft].String()}, "reason", reason)
		if _, err := w.App.Runner.Run(t.Context(), op.Request{Name: "tariff.activate", Credential: apptest.Console(apptest.Admin), Input: activate, DryRun: true}); err != nil {
			t.Fatal(err)
		}
		prices("after a trial", old, old, 1)
		res := p.approved("tariff.activate", activate)
		prices("active", old, fresh, 2)
		checkEffect(t, res.Changes)
		active := p.row(apptest.TariffDraft)
		p.approved("tariff.withdraw", about("id", active.ID, "version", "2", "reason", reason))
		prices("withdrawn", old, old, 1)
		gone := p.row(apptest.TariffDraft)
		if gone.State != tariff.Withdrawn || gone.SHA256 != active.SHA256 || gone.ActivatedAt.IsZero() {
			t.Errorf("what was active is now %+v", gone)
		}
		if _, err := p.Run(apptest.Console(apptest.Admin), "tariff.discard", about("id", gone.ID, "version", "3")); fault.CodeOf(err) != "input.invalid" {
			t.Errorf("a version that was active is discarded: %v", err)
		}
	})
}

// checkEffect looks at what the second person was shown.
func checkEffect(t *testing.T, changes []op.Change) {
	t.Helper()
	said := map[string]string{}
	for _, c := range changes {
		for name, after := range c.After {
			text, _ := after.(string)
			before, _ := c.Before[name].(string)
			said[c.Label+" "+name] = before + ">" + text
		}
	}
	for what, want := range map[string]string{
		"eau-essai 2027 tariff_state":      "draft>active",
		"eau-essai 2024 ends_on":           ">2026-12-31",
		"eau-essai · 2027-01 · 6 m3 total": "14,90>16,20",
		"eau-essai · 2027-01 · 3 m3 total": "7,45>8,10",
	} {
		if said[what] != want {
			t.Errorf("%s: %q, want %q in %v", what, said[what], want, said)
		}
	}
}

// TestTariffStaysAsItWas refuses other content under the name of a version that was
// ever active, and takes the same content again without a change.
func TestTariffStaysAsItWas(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		p := pricing{w}
		before := w.Dump()
		_, err := p.importFile("eau.yaml", apptest.TariffFile(apptest.TariffName, "2024-01-01", "9.99"))
		if e := fault.As(err); e == nil || e.Kind != fault.Conflict || e.Code != "tariff.versions_fixed" || len(e.Fields) != 1 || e.Fields[0].Code != "tariff.version_fixed" {
			t.Errorf("other content: %v", err)
		}
		if !slices.Equal(before["tariff_version"], w.Dump()["tariff_version"]) {
			t.Error("a refused import changed a version")
		}
		commented := "# commentaire\n" + string(apptest.TariffFile(apptest.TariffName, "2024-01-01", "2.30"))
		report, err := p.importFile("autre.yaml", []byte(commented))
		if err != nil || report.Unchanged != 1 || report.Created+report.Changed != 0 {
			t.Errorf("the same content: %+v, %v", report, err)
		}
		if !slices.Equal(before["tariff_version"], w.Dump()["tariff_version"]) || !slices.Equal(before["tariff_file"], w.Dump()["tariff_file"]) {
			t.Error("the same content changed something")
		}
		report, err = p.importFile("eau.yaml", apptest.TariffFile(apptest.TariffDraft, "2027-01-01", "2.60"))
		if err != nil || report.Changed != 1 || p.row(apptest.TariffDraft).Version != 2 {
			t.Errorf("a draft with other content: %+v, %v", report, err)
		}
	})
}

// TestTariffRefusals names what does not go together, and the place of what is wrong
// in a file.
func TestTariffRefusals(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		p := pricing{w}
		broken := strings.Replace(string(apptest.TariffFile("2029", "2029-01-01", "2.30")), "kind: blocks", "kind: bloks", 1)
		_, err := p.importFile("eau.yaml", []byte(broken))
		if e := fault.As(err); e == nil || e.Code != "tariff.file" || !slices.ContainsFunc(e.Fields, func(f fault.Field) bool {
			return strings.HasPrefix(f.Path, "eau.yaml:23:") && f.Code == "tariff.word"
		}) {
			t.Errorf("a broken file: %v", err)
		}
		activation := func(name string, body []byte) *fault.Error {
			t.Helper()
			report, err := p.importFile(name, body)
			if err != nil || report.Created != 1 {
				t.Fatalf("%s: %+v, %v", name, report, err)
			}
			_, err = p.Run(apptest.Console(apptest.Admin), "tariff.activate", about("versions", []any{report.Versions[0].ID.String()}, "reason", reason))
			return fault.As(err)
		}
		if e := activation("eau.yaml", apptest.TariffFile("double", "2024-01-01", "2.30")); e == nil || e.Code != "tariff.not_together" || e.Kind != fault.Conflict {
			t.Errorf("two versions from one day: %v", e)
		}
		other := strings.Replace(string(apptest.TariffFile("2031", "2031-01-01", "2.30")), `default: "1"`, `default: "2"`, 1)
		if e := activation("eau.yaml", []byte(other)); e == nil || e.Code != "tariff.not_together" || e.Fields[0].Code != "tariff.heads_differ" {
			t.Errorf("another default: %v", e)
		}
		past := strings.Replace(string(apptest.TaxFile("", "")), `"0.08"`, `"0.09"`, 1)
		if e := activation("tva.yaml", []byte(past)); e == nil || e.Fields[0].Code != "tariff.vat_past" {
			t.Errorf("a rate in force changed: %v", e)
		}
	})
}

// TestTariffTax adds a rate to the table in force: 43.40 at 10 % is 4.34 of VAT.
func TestTariffTax(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		p := pricing{w}
		report, err := p.importFile("tva.yaml", apptest.TaxFile("2026-07-01", "0.10"))
		if err != nil || report.Created != 1 || report.Versions[0].Name != "r2" {
			t.Fatalf("%+v, %v", report, err)
		}
		p.approved("tariff.activate", about("versions", []any{report.Versions[0].ID.String()}, "reason", reason))
		if june, july := p.total("2026-06-01", "2026-06-30"), p.total("2026-07-01", "2026-07-31"); june != "46.87" || july != "47.74" {
			t.Errorf("%s in June and %s in July", june, july)
		}
		if was := p.row("r1"); was.State != tariff.Replaced || was.EndedAt.IsZero() {
			t.Errorf("the table before is %+v", was)
		}
	})
}

// TestTariffCompare lists what two versions say differently, and what it costs.
func TestTariffCompare(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *apptest.World) {
		res := w.Must(apptest.Console(apptest.Admin), "tariff.compare", about("code", apptest.TariffCode, "before", apptest.TariffName, "after", apptest.TariffDraft))
		c := res.Out.(tariff.Comparison)
		if len(c.Differences) != 1 || c.Differences[0] != (tariff.Difference{Charge: "WATER", Label: "Eau", Block: 1, Aspect: "price", Before: "2.30", After: "2.50"}) {
			t.Errorf("differences %+v", c.Differences)
		}
		var got []string
		for _, a := range c.Amounts {
			got = append(got, a.Quantity.String()+" "+a.Before.Total.String()+" "+a.After.Total.String()+" "+a.Delta.String())
		}
		// 3, 6 and 9 cubic metres: 6.90, 13.80, 36.00 and 7.50, 15.00, 37.20 before a VAT of 8 %.
		if want := []string{"3 7.45 8.10 0.65", "6 14.90 16.20 1.30", "9 38.88 40.18 1.30"}; !slices.Equal(got, want) {
			t.Errorf("amounts %v, want %v", got, want)
		}
	})
}
