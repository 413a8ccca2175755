package op

import (
	"context"

	"wasl/internal/platform/db"
)

// Parts are chunks of a job that commit beside each other, each in a transaction of its own
// and in any order. That a part is done is told by rows of its own, written in its
// transaction: no checkpoint is moved, and whatever is left after a stop is found by them.
type Parts[In any] struct {
	// Left are the numbers of the parts that are not done, in the order in which they are to
	// be begun; none lets the job go on with Chunk. It is asked before each chunk.
	Left func(ctx context.Context, r db.Reader, in In) ([]int64, error)
	// Make does the slow work of a part before its transaction; what it gives is handed to
	// Do, and lost at a stop. Nil when there is none.
	Make func(ctx context.Context, r db.Reader, in In, part int64) (made any, err error)
	// Do does a part and says how much that was. A part that is done already is left alone
	// and counts as 0: it may be run again after a fault.
	Do func(ctx context.Context, x *Exec, in In, part int64, made any) (done int64, err error)
}

// partFuncs are the functions of Parts without their type.
type partFuncs struct {
	left func(ctx context.Context, r db.Reader, in any) ([]int64, error)
	make func(ctx context.Context, r db.Reader, in any, part int64) (any, error)
	do   func(ctx context.Context, x *Exec, in any, part int64, made any) (int64, error)
}

// funcs are the functions without their type; nil when the job has no such parts.
func (p Parts[In]) funcs() *partFuncs {
	if p.Left == nil || p.Do == nil {
		return nil
	}
	return &partFuncs{
		left: func(ctx context.Context, r db.Reader, in any) ([]int64, error) { return p.Left(ctx, r, *in.(*In)) },
		make: func(ctx context.Context, r db.Reader, in any, part int64) (any, error) {
			if p.Make == nil {
				return nil, nil
			}
			return p.Make(ctx, r, *in.(*In), part)
		},
		do: func(ctx context.Context, x *Exec, in any, part int64, made any) (int64, error) {
			return p.Do(ctx, x, *in.(*In), part, made)
		},
	}
}

// HasParts says that an operation is a job with parts that commit beside each other.
func (r *Runner) HasParts(operation string) bool {
	d := r.Registry.Find(operation)
	return d != nil && d.job != nil && d.job.parts != nil
}

// JobLeft are the parts of a job with parts that are not done.
func (r *Runner) JobLeft(ctx context.Context, in StepInput) (left []int64, err error) {
	d, typed, err := r.jobOf(in)
	if err != nil {
		return nil, err
	}
	err = r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		left, err = d.job.parts.left(ctx, rd, typed)
		return err
	})
	return left, err
}

// JobMake does the slow work of a part: in.Part.
func (r *Runner) JobMake(ctx context.Context, in StepInput) (made any, err error) {
	d, typed, err := r.jobOf(in)
	if err != nil {
		return nil, err
	}
	err = r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		made, err = d.job.parts.make(ctx, rd, typed, in.Part)
		return err
	})
	return made, err
}
