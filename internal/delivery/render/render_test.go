package render_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"wasl/internal/delivery/render"
	"wasl/internal/delivery/render/shop"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/op"
)

func TestStatusAndExitCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		wait   string
		exit   int
	}{
		{nil, http.StatusOK, "", 0},
		{errors.New("foreign"), http.StatusInternalServerError, "", 1},
		{fault.New(fault.Invalid, "input.invalid"), http.StatusUnprocessableEntity, "", 1},
		{fault.New(fault.Invalid, "input.json"), http.StatusBadRequest, "", 1},
		{fault.New(fault.Invalid, "api.media_type"), http.StatusUnsupportedMediaType, "", 1},
		{fault.New(fault.Invalid, "cli.usage.flag"), http.StatusUnprocessableEntity, "", 2},
		{fault.New(fault.Precondition, "x"), http.StatusConflict, "", 1},
		{fault.New(fault.Limit, "x.too_large"), http.StatusRequestEntityTooLarge, "", 1},
		{fault.New(fault.Limit, "money.overflow"), http.StatusUnprocessableEntity, "", 1},
		{fault.New(fault.Limit, "login.slow", "wait", 1500*time.Millisecond), http.StatusTooManyRequests, "2", 1},
		{fault.New(fault.Limit, "login.slow", "seconds", int64(30)), http.StatusTooManyRequests, "30", 1},
		{fault.New(fault.Limit, "login.slow", "seconds", 0), http.StatusTooManyRequests, "1", 1},
		{fault.New(fault.Limit, "login.slow", "wait", 1000*time.Hour), http.StatusTooManyRequests, "86400", 1},
		{fault.New(fault.Unavailable, "db.busy"), http.StatusServiceUnavailable, "2", 1},
		{fmt.Errorf("around: %w", fault.New(fault.Forbidden, "x")), http.StatusForbidden, "", 1},
	} {
		if status, wait, exit := render.Status(c.err), render.RetryAfter(c.err), render.ExitCode(c.err); status != c.status || wait != c.wait || exit != c.exit {
			t.Errorf("%v: %d %q %d, want %d %q %d", c.err, status, wait, exit, c.status, c.wait, c.exit)
		}
	}
}

func words(t *testing.T) render.Words {
	t.Helper()
	texts, err := shop.Texts(os.DirFS("../../platform/text"))
	if err != nil {
		t.Fatal(err)
	}
	return render.NewWords(texts, "fr")
}

func TestProblemHidesInternals(t *testing.T) {
	t.Parallel()
	w := words(t)
	for _, err := range []error{
		errors.New("secret path /var/x"),
		fault.Wrap(errors.New("secret cause"), fault.Internal, "secret.code", "secret", "value"),
	} {
		p := render.NewProblem(w, err, "r1")
		if text := fmt.Sprint(p); strings.Contains(text, "secret") || p.Code != "internal" || p.Status != http.StatusInternalServerError {
			t.Errorf("shown: %s", text)
		}
	}
	p := render.NewProblem(w, fault.Wrap(errors.New("cause"), fault.Conflict, "unheard.of"), "")
	if p.Code != "unheard.of" || p.Detail == "unheard.of" || strings.Contains(fmt.Sprint(p), "cause") {
		t.Errorf("problem %+v", p)
	}
	p = render.NewProblem(w, fault.InvalidFields([]fault.Field{
		{Path: "name", Code: "input.too_long", Args: fault.Args{"max": 40}}, {Path: "tags[3]", Code: "unheard.of"},
	}), "")
	if len(p.Errors) != 2 || !strings.Contains(p.Errors[0].Message, "40") || p.Errors[1].Message == "unheard.of" {
		t.Errorf("fields %+v", p.Errors)
	}
	if line := p.Line(); strings.Contains(line, "\n") || !strings.Contains(line, "tags[3]") {
		t.Errorf("line %q", line)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	w := words(t)
	d := shop.Registry().Find("shop.thing.create")
	for got, want := range map[string]string{
		w.Title(d): "Ajouter une chose", w.Help(d): "Une chose neuve entre au magasin.", w.Field(d, "amount"): "Prix",
		w.FieldHelp(d, "note"): "Visible de tous.", w.Enum("shop_kind", "tool"): "outil", w.Enum("shop_kind", "other"): "other",
		w.Module("shop"): "Boutique", w.Module("unheard"): "unheard", w.Subject("thing"): "Chose", w.Column("zzz"): "zzz",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNeutral(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		got := render.Neutral(s)
		dangerous := s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0])
		if dangerous != (got == "'"+s) || !dangerous != (got == s) {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("\x1b\n\r\t\u202e\u200b\u2028\u0085\x7f")))).Draw(t, "s")
		for _, r := range render.OneLine(s) {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Zl, r) {
				t.Fatalf("%q keeps %U", s, r)
			}
		}
	})
}

// Whatever the amounts and texts, a program reads from CSV what was written.
func TestCSVRoundTrip(t *testing.T) {
	t.Parallel()
	d := shop.Registry().Find("shop.thing.list")
	w := words(t)
	rapid.Check(t, func(t *rapid.T) {
		thing := shop.Thing{
			ID: op.ID(rapid.Int64Range(1, 1<<53-1).Draw(t, "id")), Amount: money.Amount(rapid.Int64().Draw(t, "amount")),
			Name: rapid.StringMatching(`[^\r]*`).Draw(t, "name"), Count: rapid.Int64().Draw(t, "count"),
		}
		for _, dialect := range []render.Dialect{render.RFC4180, render.Excel} {
			var b strings.Builder
			out := render.NewCSV(&b, dialect, d.Columns)
			if err := errors.Join(out.Header(w), out.Row(thing)); err != nil {
				t.Fatal(err)
			}
			in := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff")))
			separator := "."
			if dialect == render.Excel {
				in.Comma, separator = ';', ","
			}
			rows, err := in.ReadAll()
			if err != nil || len(rows) != 2 {
				t.Fatalf("%q: %v", b.String(), err)
			}
			amount, ok := new(big.Int).SetString(strings.Replace(rows[1][3], separator, "", 1), 10)
			if !ok || amount.Int64() != int64(thing.Amount) || rows[1][3][len(rows[1][3])-3:len(rows[1][3])-2] != separator {
				t.Fatalf("amount %d became %q", thing.Amount, rows[1][3])
			}
			if rows[1][0] != fmt.Sprint(int64(thing.ID)) || rows[1][4] != fmt.Sprint(thing.Count) || rows[1][2] != render.Neutral(thing.Name) {
				t.Fatalf("row %q of %+v", rows[1], thing)
			}
		}
	})
}

func TestSecretColumnsAreNotExported(t *testing.T) {
	t.Parallel()
	d := shop.Registry().Find("shop.secret.make")
	var b strings.Builder
	out := render.NewCSV(&b, render.RFC4180, d.Columns)
	if err := errors.Join(out.Header(words(t)), out.Row(shop.Token{ID: 7, Token: "hidden"})); err != nil {
		t.Fatal(err)
	}
	if b.String() != "id\r\n7\r\n" {
		t.Errorf("csv %q", b.String())
	}
}

// A date that stands for a month is the month for people; a file keeps the day, and its
// head says which one.
func TestMonths(t *testing.T) {
	t.Parallel()
	w, d := words(t), listOf[sheetRow]()
	row := sheetRow{First: date(t, "2026-11-01")}
	for _, c := range d.Columns {
		if c.Name != "first" {
			continue
		}
		if got, err := w.Human(c, row); err != nil || got != "novembre 2026" {
			t.Errorf("for people %q, %v", got, err)
		}
	}
	for dialect, want := range map[render.Dialect]string{render.RFC4180: "first", render.Excel: "first (premier jour du mois)"} {
		var b strings.Builder
		c := render.NewListCSV(&b, dialect, d)
		if err := errors.Join(c.Header(w), c.Row(row)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(b.String()), "\r\n")
		if len(lines) != 2 || !strings.Contains(lines[0], want) || !strings.Contains(lines[1], "2026-11-01") {
			t.Errorf("%s: %q", dialect, lines)
		}
	}
}

func TestHuman(t *testing.T) {
	t.Parallel()
	w := words(t)
	d := shop.Registry().Find("shop.thing.list")
	thing := shop.Thing{ID: 12345, Amount: 123456, Kind: "tool", Active: true, Count: 4}
	for _, c := range d.Columns {
		want, listed := map[string]string{
			"id": "12345", "amount": "1\u202f234,56", "kind": "outil", "active": "oui", "since": "", "noted_at": "", "count": "4", "unit": "",
		}[c.Name]
		got, err := w.Human(c, thing)
		if listed && (got != want || err != nil) {
			t.Errorf("%s = %q, want %q (%v)", c.Name, got, want, err)
		}
	}
}

// A price, a quantity and a rate are decimals in files, with the comma of a
// spreadsheet in its dialect, and French for people.
func TestMeasures(t *testing.T) {
	t.Parallel()
	w, d := words(t), shop.Registry().Find("shop.measure.echo")
	row := shop.Measure{Price: 901_000, Volume: -1_234_500, Share: 2000}
	for dialect, want := range map[render.Dialect]string{render.RFC4180: "0.901,-1234.5,0.20\r\n", render.Excel: "0,901;-1234,5;0,20\r\n"} {
		var b strings.Builder
		if err := render.NewCSV(&b, dialect, d.Columns).Row(row); err != nil || b.String() != want {
			t.Errorf("%q: %q, want %q (%v)", dialect, b.String(), want, err)
		}
	}
	for i, want := range []string{"0,9010", "\u22121\u202f234,5", "20\u00a0%"} {
		if got, err := w.Human(d.Columns[i], row); err != nil || got != want {
			t.Errorf("%s = %q, want %q (%v)", d.Columns[i].Name, got, want, err)
		}
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	d := shop.Registry().Find("shop.thing.create")
	job := shop.Registry().Find("shop.work.run")
	for name, c := range map[string]struct {
		d     *op.Def
		res   op.Result
		body  string
		later bool
	}{
		"done":      {d, op.Result{Outcome: op.Done, Out: shop.Ref{ID: 5}}, `{"id":"5"}`, false},
		"nothing":   {d, op.Result{Outcome: op.Done}, `{}`, false},
		"replayed":  {d, op.Result{Outcome: op.Replayed, JSON: []byte(`{"id":"5"}`)}, `{"id":"5"}`, false},
		"trial":     {d, op.Result{Outcome: op.DryRun, JSON: []byte(`{"id":"5"}`)}, `{"changes":[],"result":{"id":"5"}}`, false},
		"proposed":  {d, op.Result{Outcome: op.Proposed, Proposal: 9, Number: "D1"}, `{"proposal":"9","number":"D1","changes":[]}`, true},
		"queued":    {job, op.Result{Outcome: op.Done, Out: op.QueuedJob{Job: 3}}, `{"job":"3"}`, true},
		"job tried": {job, op.Result{Outcome: op.DryRun, JSON: []byte(`{"job":"3"}`)}, `{"changes":[],"result":null}`, false},
	} {
		body, later, err := render.Answer(c.d, c.res)
		if err != nil || string(body) != c.body || later != c.later {
			t.Errorf("%s: %s %v %v", name, body, later, err)
		}
	}
}
