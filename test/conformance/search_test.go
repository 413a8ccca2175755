package conformance

import (
	"slices"
	"strings"
	"testing"

	"wasl/internal/platform/op"
	"wasl/internal/testkit/apptest"
	"wasl/internal/testkit/dbtest"
)

// codesOf are the codes of the rows that somebody is shown.
func codesOf(w *apptest.World, login, list string, in op.Input) string {
	w.Helper()
	var codes []string
	d := w.App.Registry.Find(list)
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: list, Credential: apptest.Console(login), Input: in}, nil, func(row any) error {
		for _, c := range d.Columns {
			if code, ok := c.Value(row).(string); ok && c.Name == "code" {
				codes = append(codes, code)
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(codes)
	return strings.Join(codes, " ")
}

// Customers are found by whatever a clerk would type, and only where he may see them.
func TestSearchForCustomers(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := kit.Open(t, engine, apptest.Options{})
			for _, c := range [][5]string{
				{"S-0000042", "Fatima-Zahra El Alaoui", "فاطمة الزهراء العلوي", "QB98765", "+212 661 22 33 44"},
				{"S-2", "BENALI Mohammed", "محمد بن علي", "", ""},
				{"S-3", "Élise Ben Ali", "", "", ""},
			} {
				w.Must(apptest.Console(apptest.Admin), "customer.customer.add", about("code", c[0], "unit", w.At[apptest.Own].Unit, "name", c[1], "name_ar", c[2],
					"cin", c[3], "phone", c[4], "nature", "private"))
			}
			for text, want := range map[string]string{
				"alaoui fat": "S-0000042", "ALAOUI": "S-0000042", "el alaoui": "S-0000042", "elalaoui": "S-0000042", "zahra": "S-0000042",
				"علوي": "S-0000042", "العلوي فاطمه": "S-0000042", "benali": "S-2 S-3", "ben ali": "S-2 S-3", "ali elise": "S-3", "بن علي": "S-2",
				"s-0000042": "S-0000042", "S42": "", "42": "S-0000042", "qb 98765": "S-0000042", "98765": "S-0000042",
				"0661223344": "S-0000042", "06 61 22": "S-0000042", "+212661223344": "S-0000042", "laoui": "", "%": "", "_": "", "%%": "", `\`: "",
			} {
				if got := codesOf(w, apptest.Actor, "customer.customer.list", op.Input{"text": text}); got != want {
					t.Errorf("%q: %q, want %q", text, got, want)
				}
			}
			if got := codesOf(w, apptest.Actor, "customer.customer.list", op.Input{"text": "  "}); !strings.Contains(got, "CU-A1") {
				t.Errorf("nothing typed shows %q", got)
			}
			if got := codesOf(w, apptest.Other.Chef(), "customer.customer.list", op.Input{"text": "alaoui"}); got != "" {
				t.Errorf("found elsewhere: %s", got)
			}
			if got := codesOf(w, apptest.Actor, "customer.contract.list", op.Input{"text": "ben said"}); !strings.Contains(got, "AB-A1") || strings.Contains(got, "AB-A3") {
				t.Errorf("contracts by the name of the customer: %s", got)
			}
			if got := codesOf(w, apptest.Actor, "customer.contract.list", op.Input{"text": "ab-a1"}); got != "AB-A1" {
				t.Errorf("contract by its code: %s", got)
			}
			if got := codesOf(w, apptest.Actor, "customer.service_point.list", op.Input{"text": "source 12"}); !strings.Contains(got, "PT-A1") || strings.Contains(got, "PL-") {
				t.Errorf("service points by the address: %s", got)
			}
		})
	}
}

// taken imports a file of customers and gives its report.
func taken(w *apptest.World, body string) map[string]any {
	w.Helper()
	res := w.Must(apptest.Console(apptest.Actor), "customer.import", about("file", op.NewUpload("clients.csv", []byte(body)), "unit", w.At[apptest.Own].Unit, "mode", "valid"))
	queued, ok := res.Out.(op.QueuedJob)
	if !ok {
		w.Fatalf("%#v", res.Out)
	}
	if err := w.App.Queue.RunJob(w.Context(), queued.Job); err != nil {
		w.Fatal(err)
	}
	rows := map[string]any{}
	w.Must(apptest.Console(apptest.Actor), "job.show", about("id", queued.Job))
	d := w.App.Registry.Find("intake.batch.list")
	_, err := w.App.Runner.Rows(w.Context(), op.Request{
		Name: d.Name, Credential: apptest.Console(apptest.Actor), Input: op.Input{}, Page: op.Page{Limit: 1},
	}, nil, func(row any) error {
		for _, c := range d.Columns {
			if _, seen := rows[c.Name]; !seen {
				rows[c.Name] = c.Value(row)
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return rows
}

// A file creates what is not there, corrects customers, refuses what contradicts, and says
// nothing new the second time. What it leaves is sound.
func TestImportOfCustomers(t *testing.T) {
	t.Parallel()
	const head = "customer_code;name;phone;rib;contract_code;service;service_point_code;category;vat_use;starts_on;locality;district\n"
	for _, engine := range dbtest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := kit.Open(t, engine, apptest.Options{})
			expect := func(body string, created, changed, unchanged, rejected, flagged int64) {
				t.Helper()
				got := taken(w, head+body)
				for name, want := range map[string]int64{"created": created, "changed": changed, "unchanged": unchanged, "rejected": rejected, "flagged": flagged} {
					if got[name] != want {
						t.Errorf("%s: %v, want %d (%v)", name, got[name], want, got)
					}
				}
			}
			const first = "X1;Rachid Tazi;0612000001;;XA1;water;XP1;DOM;domestic;01/03/2024;Centre;Nord\n" +
				"X1;Rachid Tazi;;;XA2;electricity;;DOM;domestic;01/03/2024;;\n" + // a second contract of the same customer
				"X2;;;;XA3;water;XP1;DOM;domestic;01/03/2024;;\n" + // refused: XP1 is supplied already
				"X3;Nadia Slaoui;;011519000001205000534922;XA4;water;;DOM;domestic;01/03/2024;;\n" + // refused: the key of the RIB
				"X4;Omar Filali;;;XA5;sanitation;XP1;DOM;domestic;01/03/2024;Centre;Sud\n" + // sanitation on the water point; two districts
				"X5;;;;XA6;water;;;domestic;;;\n" // refused: no category, no first day
			expect(first, 3, 0, 0, 3, 1)
			const again = "X1;Rachid Tazi;0612000002;;XA1;water;XP1;DOM;domestic;01/03/2024;;\n" + // another phone: a correction
				"X1;Rachid Tazi;;;XA2;electricity;;DOM;domestic;01/03/2024;;\n" + // nothing new
				"X4;Omar Filali;;;XA5;sanitation;XP1;PRO;domestic;01/03/2024;;\n" + // refused: other terms
				"X4;Omar Filali;;;XA1;water;XP1;DOM;domestic;01/03/2024;;\n" // refused: the contract of somebody else
			expect(again, 0, 1, 1, 2, 0)
			if got := codesOf(w, apptest.Actor, "customer.customer.list", op.Input{"text": "0612000002"}); got != "X1" {
				t.Errorf("by the new phone: %q", got)
			}
			if got := codesOf(w, apptest.Actor, "customer.customer.list", op.Input{"text": "0612000001"}); got != "" {
				t.Errorf("by the old phone: %q", got)
			}
			checks, err := w.App.Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range checks {
				for _, f := range c.Findings {
					t.Errorf("%s %s %v", c.Name, f.Code, f.Args)
				}
			}
		})
	}
}
