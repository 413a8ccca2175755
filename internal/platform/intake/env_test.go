package intake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/file"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// stock is a kind of file of the tests: what a counter held on a day.
const stockTable = `-- +goose Up
CREATE TABLE test_stock (
  code {text} NOT NULL,
  held_on {date} NOT NULL,
  quantity {int} NOT NULL,
  name {text} NOT NULL,
  batch_id {int},
  PRIMARY KEY (code, held_on)
) {control};
CREATE INDEX ix_test_stock__batch_id ON test_stock (batch_id);
`

const (
	colCode = iota
	colDay
	colQuantity
	colName
	colKind
)

type stockInput struct {
	intake.Input
	Unit op.ID `json:"unit"`
}

type stockSession struct {
	b intake.Batch
	e *env
}

type stockKey struct {
	code string
	on   day.Date
}

type stockRow struct {
	quantity money.Quantity
	name     string
}

type renamed struct {
	Code string   `json:"code"`
	On   day.Date `json:"on"`
	Name string   `json:"name"`
}

func (s *stockSession) known(ctx context.Context, x *op.Exec, rows []*intake.Row) (map[stockKey]stockRow, error) {
	codes := make([]string, len(rows))
	for i, r := range rows {
		codes[i] = r.Text(colCode)
	}
	known := map[stockKey]stockRow{}
	err := db.Each(ctx, x.R, func(rows db.Rows) error {
		var k stockKey
		var v stockRow
		err := rows.Scan(&k.code, &k.on, &v.quantity, &v.name)
		known[k] = v
		return err
	}, `SELECT code, held_on, quantity, name FROM test_stock WHERE code IN {texts $1} AND `+intake.VisibleToSQL("batch_id", "$2"), codes, s.b.ID)
	return known, err
}

func (s *stockSession) Take(ctx context.Context, x *op.Exec, rows []*intake.Row) error {
	if s.e.hold != nil {
		if err := s.e.hold(ctx, rows); err != nil {
			return err
		}
	}
	known, err := s.known(ctx, x, rows)
	if err != nil {
		return err
	}
	var fresh []*intake.Row
	for _, r := range rows {
		key := stockKey{r.Text(colCode), r.Date(colDay)}
		want := stockRow{r.Quantity(colQuantity), r.Text(colName)}
		have, found := known[key]
		switch {
		case want.quantity < 0:
			r.Reject(colQuantity, "test.negative")
		case !found:
			known[key] = want
			fresh = append(fresh, r)
			r.Create()
		case have == want:
			r.Same()
		case have.quantity != want.quantity:
			r.Reject(colQuantity, "test.contradicts", "known", have.quantity.String())
		default:
			if err := r.Change(key.code+" "+key.on.String(), renamed{key.code, key.on, want.name}); err != nil {
				return err
			}
		}
		if r.Fate() != intake.Rejected && want.quantity == 999_000 {
			r.Flag("test.odd")
		}
	}
	_, err = x.Tx.Bulk(ctx, "test_stock", []string{"code", "held_on", "quantity", "name", "batch_id"}, func(yield func([]any, error) bool) {
		for _, r := range fresh {
			if !yield([]any{r.Text(colCode), r.Date(colDay), r.Quantity(colQuantity), r.Text(colName), s.b.ID}, nil) {
				return
			}
		}
	})
	return err
}

func (s *stockSession) Finish(ctx context.Context, x *op.Exec, kept iter.Seq2[intake.Kept, error]) error {
	for k, err := range kept {
		var r renamed
		if err == nil {
			err = k.Decode(&r)
		}
		if err == nil {
			_, err = x.Tx.Exec(ctx, `UPDATE test_stock SET name = $1 WHERE code = $2 AND held_on = $3`, r.Name, r.Code, r.On)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stockSession) Discard(ctx context.Context, x *op.Exec, limit int64) (bool, error) {
	n, err := x.Tx.Exec(ctx, `DELETE FROM test_stock WHERE (code, held_on) IN
		(SELECT code, held_on FROM test_stock WHERE batch_id = $1 ORDER BY code, held_on LIMIT $2)`, s.b.ID, limit)
	return n == limit, err
}

func held(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var b, n int64
		err := rows.Scan(&b, &n)
		out[b] = n
		return err
	}, `SELECT batch_id, count(*) FROM test_stock WHERE batch_id IN {ints $1} GROUP BY batch_id`, batches)
	return out, err
}

// env is one process over a database and a folder of files.
type env struct {
	d      *db.DB
	runner *op.Runner
	queue  *job.Queue
	store  *intake.Store
	files  *file.Folder
	// hold is called at the beginning of each Take, when it is set.
	hold func(ctx context.Context, rows []*intake.Row) error
}

// plain is an organisation of one top unit; everybody may everything.
type plain struct{}

func (plain) Within(context.Context, db.Reader, int64, int64, day.Date) (bool, error) {
	return true, nil
}
func (plain) Top(context.Context, db.Reader) (int64, error) { return 1, nil }
func (plain) Filter(*db.Where, string, op.Scope)            {}
func (plain) Authenticate(_ context.Context, _ db.Reader, c op.Credential) (op.Actor, error) {
	if c.Channel == op.System {
		return op.Actor{Channel: op.System}, nil
	}
	return op.Actor{UserID: 1, Login: "u1", Channel: c.Channel}, nil
}

func (plain) SecondApprover(context.Context, db.Reader, string, int64) (bool, error) {
	return true, nil
}

func (plain) RightsOf(context.Context, db.Reader, int64) (*op.Rights, error) {
	rights := map[string][]op.Root{}
	for _, name := range []string{"test.stock.import", "test.stock.import_check", "intake.batch.list", "intake.map.delete", "job.list"} {
		rights[name] = []op.Root{{Unit: 1}}
	}
	return op.NewRights(rights), nil
}

func testSet(t testing.TB) db.MigrationSet {
	t.Helper()
	return dbtest.Migrations(t, op.Migrations(), job.Migrations(), intake.Migrations(), fstest.MapFS{"9001_stock.sql": {Data: []byte(stockTable)}})
}

func stockColumns() []intake.Column {
	return []intake.Column{
		colCode:     {Name: "code", Synonyms: []string{"référence", "N° compteur"}, Required: true, Type: intake.Code, Max: 20},
		colDay:      {Name: "held_on", Synonyms: []string{"date"}, Required: true, Type: intake.Date},
		colQuantity: {Name: "quantity", Synonyms: []string{"quantité", "volume"}, Required: true, Type: intake.Quantity},
		colName:     {Name: "name", Synonyms: []string{"désignation"}, Max: 40},
		colKind:     {Name: "kind", Type: intake.Choice, Values: []string{"water", "power"}, Words: map[string]string{"eau": "water"}},
	}
}

func newEnv(t testing.TB, d *db.DB, folder string) *env {
	t.Helper()
	files, err := file.NewFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	e := &env{d: d, files: files, store: intake.New(intake.Options{
		Files: files, Explain: func(f fault.Field) string { return "because of " + f.Code }, TempDir: t.TempDir(),
	})}
	r := op.NewRegistry()
	e.store.Register(r)
	intake.Register(r, e.store, intake.Kind[stockInput]{
		Name: "stock", Operation: "test.stock.import", Path: "/test/stock", Columns: stockColumns(),
		Targets: func(context.Context, *op.Exec, stockInput) ([]op.Target, error) { return []op.Target{{Unit: 1}}, nil },
		Open: func(_ context.Context, _ *op.Exec, b intake.Batch, _ stockInput) (intake.Session, error) {
			return &stockSession{b: b, e: e}, nil
		},
		Held: held,
	})
	r.Consume(op.Consumer{Topic: job.TopicDone, Name: "test", Handle: func(context.Context, db.Tx, []byte) error { return nil }})
	e.runner = &op.Runner{DB: d, Registry: r, Guard: plain{}, Places: plain{}, Now: time.Now, Node: 1, Files: files}
	e.queue = job.New(e.runner, job.Options{})
	e.runner.Queue = e.queue
	e.queue.Register(r)
	if err := r.Check(); err != nil {
		t.Fatal(err)
	}
	if err := e.store.Err(); err != nil {
		t.Fatal(err)
	}
	return e
}

// each runs a subtest per engine.
func each(t *testing.T, fn func(t *testing.T, e *env)) {
	t.Helper()
	set := testSet(t)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			fn(t, newEnv(t, dbtest.Open(t, engine, set, db.Options{}), filepath.Join(t.TempDir(), "files")))
		})
	}
}

func (e *env) ask(ctx context.Context, name string, in op.Input) (op.Result, error) {
	return e.runner.Run(ctx, op.Request{Name: name, Credential: op.Credential{Channel: op.API}, Input: in})
}

// input is an import of a content; pairs are further fields.
func input(content string, pairs ...any) op.Input {
	in := op.Input{"file": op.NewUpload("stock.csv", []byte(content))}
	for i := 0; i+1 < len(pairs); i += 2 {
		in[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return in
}

// check looks at a content.
func (e *env) check(t testing.TB, in op.Input) intake.Report {
	t.Helper()
	res, err := e.ask(t.Context(), "test.stock.import_check", in)
	if err != nil {
		t.Fatalf("check: %v", err)
	}
	return res.Out.(intake.Report)
}

// queueOf asks for an import and gives its job.
func (e *env) enqueue(t testing.TB, in op.Input) op.ID {
	t.Helper()
	res, err := e.ask(t.Context(), "test.stock.import", in)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return res.Out.(op.QueuedJob).Job
}

// do imports a content to its end.
func (e *env) do(t testing.TB, in op.Input) intake.Report {
	t.Helper()
	id := e.enqueue(t, in)
	if err := e.queue.RunJob(t.Context(), id); err != nil {
		t.Fatalf("job: %v", err)
	}
	return e.report(t, id)
}

// job reads a job as the program.
func (e *env) job(t testing.TB, id op.ID) job.Job {
	t.Helper()
	res, err := e.runner.Run(t.Context(), op.Request{
		Name: "job.show", Credential: op.Credential{Channel: op.System}, Input: op.Input{"id": id.String()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return res.Out.(job.Job)
}

func (e *env) report(t testing.TB, id op.ID) (r intake.Report) {
	t.Helper()
	j := e.job(t, id)
	if j.State != job.Done {
		t.Fatalf("job %s: %s, %s %s", id, j.State, j.ErrorCode, j.ErrorArgs)
	}
	if err := json.Unmarshal(j.Summary, &r); err != nil {
		t.Fatal(err)
	}
	if r.Accepted != r.Created+r.Changed+r.Unchanged || r.Accepted+r.Rejected != r.Rows {
		t.Fatalf("report does not add up: %+v", r)
	}
	return r
}

// visible are the rows that a query shows, as "CODE day quantity name".
func (e *env) visible(t testing.TB) []string {
	t.Helper()
	return e.texts(t, `SELECT code || ' ' || CAST(held_on AS {text}) || ' ' || CAST(quantity AS {text}) || ' ' || name FROM test_stock WHERE `+
		intake.VisibleSQL("batch_id")+` ORDER BY code, held_on`)
}

// stored is how many rows there are, visible or not.
func (e *env) stored(t testing.TB) int {
	t.Helper()
	return len(e.texts(t, `SELECT code FROM test_stock`))
}

func (e *env) texts(t testing.TB, sql string, args ...any) (out []string) {
	t.Helper()
	err := e.d.Read(context.WithoutCancel(t.Context()), func(ctx context.Context, r db.Reader) (err error) {
		out, err = db.All(ctx, r, func(rows db.Rows) (s string, err error) { return s, rows.Scan(&s) }, sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sound checks the invariant that verify checks.
func (e *env) sound(t testing.TB) {
	t.Helper()
	err := e.d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
		rep, err := e.store.Check().Run(ctx, r)
		for _, f := range rep.Findings {
			t.Errorf("verify: %s %v", f.Code, f.Args)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rejects are the refused rows of a batch and their CSV.
func (e *env) rejects(t testing.TB, batch op.ID) (rows []intake.Reject, text string) {
	t.Helper()
	var b strings.Builder
	_, err := e.runner.Rows(t.Context(), op.Request{
		Name: "intake.batch.rejects", Credential: op.Credential{Channel: op.API}, Input: op.Input{"batch": batch.String()},
	}, nil, func(row any) error {
		j := row.(intake.Reject)
		header, cells := j.Wide()
		if len(rows) == 0 {
			b.WriteString(csvLine(header))
		}
		b.WriteString(csvLine(cells))
		rows = append(rows, j)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, b.String()
}

func csvLine(cells []string) string {
	quoted := make([]string, len(cells))
	for i, c := range cells {
		quoted[i] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
	}
	return strings.Join(quoted, ",") + "\r\n"
}

// some gives a file of n good rows.
func some(n int) string {
	var b strings.Builder
	b.WriteString("code;held_on;quantity;name\n")
	for i := range n {
		fmt.Fprintf(&b, "K%06d;%02d/01/2026;%d,%03d;Compteur %d\n", i, 1+i%28, i, i%1000, i)
	}
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

func wantFault(t testing.TB, err error, code string) {
	t.Helper()
	e := fault.As(err)
	if err == nil || e.Code != code && (len(e.Fields) == 0 || e.Fields[0].Code != code) {
		t.Fatalf("error %v %+v, want %s", err, e, code)
	}
}
