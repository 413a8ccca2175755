package apptest

import (
	"encoding/json"
	"io"

	"wasl/internal/platform/intake"
	"wasl/internal/platform/job"
	"wasl/internal/platform/op"
)

// Worked asks for a piece of work as the administrator and carries it out to its end. It
// gives the summary of the job.
func (w *World) Worked(name string, in op.Input) json.RawMessage {
	w.Helper()
	queued, ok := w.Must(Console(Admin), name, in).Out.(op.QueuedJob)
	if !ok {
		w.Fatalf("%s is no job", name)
	}
	if err := w.App.Queue.RunJob(w.Context(), queued.Job); err != nil {
		w.Fatalf("%s: %v", name, err)
	}
	done, ok := w.Must(Console(Admin), "job.show", op.Input{"id": queued.Job.String()}).Out.(job.Job)
	if !ok || done.State != job.Done {
		w.Fatalf("%s: %+v", name, done)
	}
	return done.Summary
}

// Imported imports a file as the administrator and gives its report, whose counts add up.
func (w *World) Imported(name, file, body string, in op.Input) (r intake.Report) {
	w.Helper()
	given := op.Input{"file": op.NewUpload(file, []byte(body))}
	for k, v := range in {
		given[k] = v
	}
	summary := w.Worked(name, given)
	if err := json.Unmarshal(summary, &r); err != nil {
		w.Fatalf("%s: %s: %v", name, summary, err)
	}
	if r.Rows != r.Accepted+r.Rejected || r.Accepted != r.Created+r.Changed+r.Unchanged {
		w.Errorf("%s: the counts do not add up: %+v", file, r.Counts)
	}
	return r
}

// PDF reads the file that an operation gives to somebody, with its name.
func (w *World) PDF(who op.Credential, name string, in op.Input) (file string, body []byte) {
	w.Helper()
	d, ok := w.Must(who, name, in).Out.(op.Document)
	if !ok || d.MediaType != "application/pdf" {
		w.Fatalf("%+v", d)
	}
	content, err := d.Open(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	body, err = io.ReadAll(content)
	if err != nil || int64(len(body)) != d.Size {
		w.Fatalf("%d bytes, want %d: %v", len(body), d.Size, err)
	}
	return d.Name, body
}

// Sound expects every invariant of the database to hold.
func (w *World) Sound() {
	w.Helper()
	checks, err := w.App.Verify(w.Context(), nil)
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range checks {
		if len(c.Findings) > 0 {
			w.Errorf("verify: %s: %v", c.Name, c.Findings)
		}
	}
}

// Rows reads a list as the administrator.
func Rows[T any](w *World, name string, in op.Input) (out []T) {
	w.Helper()
	w.rows(name, in, func(row any) {
		one, ok := row.(T)
		if !ok {
			w.Fatalf("%s: a row is %T", name, row)
		}
		out = append(out, one)
	})
	return out
}

// rows hands the rows of a list out, read by the administrator.
func (w *World) rows(name string, in op.Input, each func(row any)) {
	w.Helper()
	_, err := w.App.Runner.Rows(w.Context(), op.Request{Name: name, Credential: Console(Admin), Input: in}, nil, func(row any) error {
		each(row)
		return nil
	})
	if err != nil {
		w.Fatalf("%s: %v", name, err)
	}
}
