package op

import (
	"context"
	"io"

	"wasl/internal/kernel/fault"
)

// Receive takes a file of a stored field into the file store as it comes in, for the
// request that will bring it: whoever may not ask for the operation stores nothing.
// The upload it gives goes into the request's input. A source that ends too early
// must fail with an error of its own; then nothing is stored. Errors: those of
// authentication and rights, Limit "file.too_large", Invalid "file.source",
// Unavailable "file.write".
func (r *Runner) Receive(ctx context.Context, q Request, f *Field, name string, source io.Reader) (Upload, error) {
	d := r.Registry.Find(q.Name)
	if d == nil || d.Kind == List || r.Files == nil || f == nil || !f.Stored {
		return Upload{}, fault.New(fault.NotFound, "operation.unknown", "name", q.Name)
	}
	if d.ConsoleOnly && q.Credential.Channel != Console && q.Credential.Channel != System {
		return Upload{}, fault.New(fault.Forbidden, "operation.console_only")
	}
	if _, err := r.enter(ctx, d, q); err != nil {
		return Upload{}, err
	}
	ref, err := r.Files.Put(ctx, source, f.FileMax())
	if err != nil {
		return Upload{}, err
	}
	return Upload{Name: name, SHA256: ref.SHA256, Size: ref.Size, Kept: true}, nil
}
