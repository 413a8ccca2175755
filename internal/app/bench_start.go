package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"syscall"
	"time"

	"wasl/internal/module/access"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// processorTime is what this process has used of the processors.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakResident is the most memory this process held, in kilobytes.
func peakResident() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss
}

// coldStart starts the program on the filled database and gives the microseconds
// from there to its first answer that it is ready.
func (b *bench) coldStart(ctx context.Context) (int64, error) {
	d := &drill{app: b.app, opt: DrillOptions{Program: b.opt.Program, Args: b.opt.Args}}
	start := b.app.opt.Now()
	server, err := d.start(ctx)
	if err != nil {
		return 0, err
	}
	took, err := b.untilReady(ctx, d, start)
	return took, errors.Join(err, server.Process.Signal(syscall.SIGTERM), ignoreExit(server.Wait()))
}

func (b *bench) untilReady(ctx context.Context, d *drill, start time.Time) (int64, error) {
	address, _ := d.base.Load().(string)
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", nil)
		if err != nil {
			return 0, err
		}
		res, err := http.DefaultClient.Do(req)
		took := b.app.opt.Now().Sub(start)
		if err == nil {
			err = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return took.Microseconds(), err
			}
		}
		if took > serverStarts {
			return 0, err
		}
	}
}

// grantsEach is how many roles each user of the benchmark holds.
const grantsEach = 3

// grantAll gives every user roles over units here and there, as rows: proposing and
// approving fifteen thousand grants is not what is measured.
func (b *bench) grantAll(ctx context.Context) error {
	w := &demo{app: b.app}
	users, units, roles := map[string]op.ID{}, map[string]op.ID{}, map[string]op.ID{}
	err := errors.Join(
		w.learn(ctx, "access.user.list", "login", users), w.learn(ctx, "org.unit.list", "code", units), w.learn(ctx, "access.role.list", "code", roles),
	)
	if err != nil {
		return err
	}
	everyone, everywhere, everything := idsOf(users), idsOf(units), idsOf(roles)
	today := b.app.Today()
	columns := []string{"id", "user_id", "role_id", "unit_id", "valid_from", "reason", "end_reason", "version", "recorded_at"}
	return b.app.DB.Write(ctx, db.WriteOptions{NoGroup: true, Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
		first, err := tx.NewIDs(ctx, int64(len(everyone)*grantsEach))
		if err != nil {
			return err
		}
		n, err := tx.Bulk(ctx, "access_grant", columns, func(yield func([]any, error) bool) {
			for i := range len(everyone) * grantsEach {
				row := []any{
					first + int64(i), everyone[i/grantsEach], everything[(i*7+i/grantsEach)%len(everything)], everywhere[i*31%len(everywhere)],
					today.AddDays(-i % benchGrantDays), "", "", 1, tx.Now(),
				}
				if !yield(row, nil) {
					return
				}
			}
		})
		b.grants = int(n)
		return join(err, access.Forget(ctx, tx))
	})
}

// benchGrantDays is how long ago the oldest grant of the benchmark began.
const benchGrantDays = 400

func idsOf(byName map[string]op.ID) []op.ID {
	out := make([]op.ID, 0, len(byName))
	for _, id := range byName {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
