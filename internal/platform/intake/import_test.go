package intake_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// The first journey of every file: looked at, imported, said again.
func TestJourney(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		content := "N° Compteur;Date;Quantité;Désignation;kind\n" +
			"a1;31/01/2026;12,5;Été;eau\n" +
			"A2;2026-02-01;999;\"avec; point\net ligne\";power\n"
		// given a file that was only looked at
		checked := e.check(t, input(content))
		if checked.State != intake.Checked || checked.Rows != 2 || checked.Created != 1 || checked.Rejected != 1 {
			t.Fatalf("check: %+v", checked)
		}
		if e.stored(t) != 0 {
			t.Fatal("a check left rows")
		}
		rows, _ := e.rejects(t, checked.Batch)
		if len(rows) != 1 || rows[0].Line != 3 || rows[0].Column != "name" || rows[0].Rule != "input.control" {
			t.Fatalf("rejects %+v", rows)
		}
	})
}

func TestImport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		content := "N° Compteur;Date;Quantité;Désignation;kind\n" +
			"a1;31/01/2026;12,5;Été;eau\n" +
			"\n" +
			"A2;2026-02-01;999;\"avec; point\";power\n"
		checked := e.check(t, input(content))
		if checked.Created != 2 || checked.Flagged["test.odd"] != 1 {
			t.Fatalf("check: %+v", checked)
		}
		// when it is imported out of the check
		done := e.do(t, op.Input{"batch": checked.Batch.String(), "note": "premier"})
		if done.State != intake.Applied || done.Created != 2 || done.Rows != 2 || done.Flagged["test.odd"] != 1 {
			t.Fatalf("import: %+v", done)
		}
		// then the rows are there
		want := []string{"A1 2026-01-31 12500 Été", "A2 2026-02-01 999000 avec; point"}
		if got := e.visible(t); !slices.Equal(got, want) {
			t.Fatalf("rows %q; want %q", got, want)
		}
		// and the same content again says so, whatever its name
		again := e.do(t, op.Input{"file": op.NewUpload("autre nom.csv", []byte(content))})
		if again.State != intake.NothingNew || again.Same != done.Batch || again.Rows != 2 || again.Unchanged != 2 {
			t.Fatalf("again: %+v", again)
		}
		// and reordered rows say nothing new, row by row
		lines := strings.Split(content, "\n")
		turned := e.do(t, input(strings.Join([]string{lines[0], lines[3], lines[1], ""}, "\n")))
		if turned.State != intake.NothingNew || turned.Same != 0 || turned.Unchanged != 2 {
			t.Fatalf("turned: %+v", turned)
		}
		// and a change of a known row is made at the end
		changed := e.do(t, input("code;date;volume;name\nA1;31/01/2026;12.500;Hiver\nA3;31/01/2026;1;x\n"))
		if changed.State != intake.Applied || changed.Changed != 1 || changed.Created != 1 {
			t.Fatalf("changed: %+v", changed)
		}
		if got := e.visible(t); got[0] != "A1 2026-01-31 12500 Hiver" || len(got) != 3 {
			t.Fatalf("rows %q", got)
		}
		e.sound(t)
	})
}

// One wrong row refuses a file, unless the right rows are asked for; what was
// refused is corrected and sent again.
func TestModes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		content := "code;date;quantity;more\nA1;31/01/2026;1;p\nA2;32/01/2026;x;q\nA3;31/01/2026;-4;r\nA4;31/01/2026;4;s\n"
		refused := e.do(t, input(content))
		if refused.State != intake.Refused || refused.Reason != "import.rejected" || refused.Rejected != 2 || refused.Created != 2 {
			t.Fatalf("all: %+v", refused)
		}
		if n := e.stored(t); n != 0 {
			t.Fatalf("a refused file left %d rows", n)
		}
		e.sound(t)
		applied := e.do(t, input(content, "mode", "valid"))
		if applied.State != intake.Applied || applied.Rejected != 2 || applied.Created != 2 {
			t.Fatalf("valid: %+v", applied)
		}
		rows, text := e.rejects(t, applied.Batch)
		if len(rows) != 2 || rows[0].Line != 3 || rows[0].Rule != "date.impossible" && rows[0].Rule != "input.date" || rows[1].Rule != "test.negative" || rows[1].Value != "-4" {
			t.Fatalf("rejects %+v", rows)
		}
		if !strings.HasPrefix(text, `"code","date","quantity","more","line","column","value","rule","reason"`+"\r\n") {
			t.Fatalf("the list of refused rows is %s", text)
		}
		corrected := strings.ReplaceAll(strings.ReplaceAll(text, `"32/01/2026","x","q"`, `"30/01/2026","2","q"`), `"31/01/2026","-4"`, `"31/01/2026","4"`)
		fixed := e.do(t, input(corrected))
		if fixed.State != intake.Applied || fixed.Created != 2 || fixed.Rejected != 0 {
			t.Fatalf("corrected: %+v", fixed)
		}
		if got := e.visible(t); len(got) != 4 {
			t.Fatalf("rows %q", got)
		}
		e.sound(t)
	})
}

// What the sender says of the file must be so.
func TestControls(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		content := some(3)
		if r := e.do(t, input(content, "rows", "4")); r.State != intake.Refused || r.Reason != "import.rows_differ" || e.stored(t) != 0 {
			t.Fatalf("a wrong number of rows: %+v", r)
		}
		if r := e.do(t, input(content, "rows", "3")); r.State != intake.Applied {
			t.Fatalf("the right number of rows: %+v", r)
		}
		for name, c := range map[string]struct {
			in   op.Input
			code string
		}{
			"no line end":      {input(strings.TrimSuffix(content, "\n")), "import.unterminated"},
			"nothing":          {input("\n"), "import.empty"},
			"a column missing": {input("code;date\nA;31/01/2026\n"), "import.missing_column"},
			"a column twice":   {input("code;Référence;date;quantity\n"), "import.column_twice"},
			"unknown target":   {input(content, "map", []any{"colour=name"}), "import.unknown_target"},
			"unknown header":   {input(content, "map", "name=Nom"), "import.unknown_header"},
			"unknown map":      {input(content, "map", "mensuel"), "import.map_unknown"},
			"binary":           {input("code\x00;date;quantity\n"), "import.binary"},
			"no file":          {op.Input{}, "input.required"},
			"foreign batch":    {op.Input{"batch": "77"}, "import.unknown"},
			"other charset":    {input(content, "charset", "utf-16le"), "import.charset"},
		} {
			_, err := e.ask(t.Context(), "test.stock.import", c.in)
			if err == nil {
				t.Errorf("%s: accepted", name)
				continue
			}
			if f := fault.As(err); f.Code != c.code && (len(f.Fields) == 0 || f.Fields[0].Code != c.code) {
				t.Errorf("%s: %+v; want %s", name, f, c.code)
			}
		}
		if r := e.do(t, input(strings.TrimSuffix(content, "\n"), "unterminated", "true")); r.State != intake.NothingNew {
			t.Errorf("an unterminated file that is accepted: %+v", r)
		}
	})
}

// A map says which column is which, and is found again by the header.
func TestMaps(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		header := "Réf client|Relevé le|m3|Libellé, complet\n"
		first := e.do(t, input(header+"B1|01/02/2026|3|un\n", "save_map", "agence 7",
			"map", []any{"code=Réf client", "held_on=relevé LE", "quantity=m3", "name=Libellé, complet"}))
		if first.State != intake.Applied {
			t.Fatalf("mapped: %+v", first)
		}
		second := e.do(t, input(header+"B2|01/02/2026|4|deux\n"))
		named := e.do(t, input(header+"B3|01/02/2026|5|trois\n", "map", "agence 7"))
		if second.Created != 1 || named.Created != 1 {
			t.Fatalf("second %+v, named %+v", second, named)
		}
		if got := e.visible(t); !slices.Equal(got, []string{"B1 2026-02-01 3000 un", "B2 2026-02-01 4000 deux", "B3 2026-02-01 5000 trois"}) {
			t.Fatalf("rows %q", got)
		}
		if _, err := e.ask(t.Context(), "intake.map.delete", op.Input{"kind": "stock", "name": "agence 7"}); err != nil {
			t.Fatal(err)
		}
		_, err := e.ask(t.Context(), "test.stock.import", input(header+"B9|01/02/2026|4|deux\n"))
		wantFault(t, err, "import.missing_column")
		// A check shows such a file all the same, so that somebody can map it.
		unmapped := e.check(t, input(header+"B9|01/02/2026|4|deux\n"))
		if unmapped.Reason != "import.unmapped" || len(unmapped.Missing) != 3 || unmapped.Rows != 0 {
			t.Fatalf("unmapped: %+v", unmapped)
		}
		done := e.do(t, op.Input{"batch": unmapped.Batch.String(), "map": []any{"code=Réf client", "held_on=Relevé le", "quantity=m3"}})
		if done.State != intake.Applied || done.Created != 1 {
			t.Fatalf("mapped out of a check: %+v", done)
		}
	})
}

// Two rows that change one record differently cannot both be right.
func TestChangedTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		e.do(t, input("code;date;quantity;name\nA1;31/01/2026;1;a\n"))
		r := e.do(t, input("code;date;quantity;name\nA1;31/01/2026;1;b\nA1;31/01/2026;1;b\nA1;31/01/2026;1;c\n", "mode", "valid"))
		if r.Changed != 1 || r.Unchanged != 1 || r.Rejected != 1 {
			t.Fatalf("%+v", r)
		}
		if got := e.visible(t); got[0] != "A1 2026-01-31 1000 b" {
			t.Fatalf("rows %q", got)
		}
		rows, _ := e.rejects(t, r.Batch)
		if len(rows) != 1 || rows[0].Rule != "import.changed_twice" || rows[0].Line != 4 {
			t.Fatalf("rejects %+v", rows)
		}
		e.sound(t)
	})
}

// What verify must find: rows of a batch that was refused, and more rows than a batch
// brought.
func TestVerify(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, e *env) {
		refused := e.do(t, input("code;date;quantity\nA;31/01/2026;x\n"))
		applied := e.do(t, input("code;date;quantity\nB;31/01/2026;1\n"))
		e.sound(t)
		var found []string
		err := e.d.Write(t.Context(), db.WriteOptions{DryRun: true}, func(ctx context.Context, tx db.Tx) error {
			for code, batch := range map[string]op.ID{"X": refused.Batch, "Y": applied.Batch} {
				_, err := tx.Exec(ctx, `INSERT INTO test_stock (code, held_on, quantity, name, batch_id) VALUES ($1, $2, 1, '', $3)`, code, day.Of(tx.Now()), batch)
				if err != nil {
					return err
				}
			}
			rep, err := e.store.Check().Run(ctx, tx)
			for _, f := range rep.Findings {
				found = append(found, f.Code)
			}
			return err
		})
		if want := []string{"import.stray", "import.surplus"}; err != nil || !slices.Equal(found, want) {
			t.Fatalf("found %q, %v; want %q", found, err, want)
		}
	})
}
