package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/kernel/money"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
	"wasl/internal/testkit/dbtest"
)

// benchRows are the rows of one measure.
const benchRows = 1_000_000

// BenchmarkMillion takes a million rows in and compares with the bare load of the
// same rows, already typed, in the same transactions of the same size. It reports
// both in seconds, their ratio and the highest memory in use.
func BenchmarkMillion(b *testing.B) {
	set := testSet(b)
	for _, engine := range []string{dbtest.SQLite, dbtest.Postgres} {
		b.Run(engine, func(b *testing.B) {
			for b.Loop() {
				bare := bareLoad(b, dbtest.Open(b, engine, set, db.Options{}))
				e := newEnv(b, dbtest.Open(b, engine, set, db.Options{}), filepath.Join(b.TempDir(), "files"))
				ref, err := e.files.Put(b.Context(), million(), intake.FileBytesMax)
				if err != nil {
					b.Fatal(err)
				}
				stop := watchMemory()
				start := time.Now()
				id := e.enqueue(b, op.Input{"file": op.Upload{Name: "million.csv", SHA256: ref.SHA256, Size: ref.Size, Kept: true}})
				if err := e.queue.RunJob(b.Context(), id); err != nil {
					b.Fatal(err)
				}
				took := time.Since(start)
				if r := e.report(b, id); r.Created != benchRows || r.State != intake.Applied {
					b.Fatalf("%+v", r)
				}
				b.ReportMetric(bare.Seconds(), "bare-s")
				b.ReportMetric(took.Seconds(), "import-s")
				b.ReportMetric(took.Seconds()/bare.Seconds(), "ratio")
				b.ReportMetric(stop()/(1<<20), "MB")
			}
		})
	}
}

// million is the file.
func million() *bytes.Reader {
	var b bytes.Buffer
	b.WriteString("code;held_on;quantity;name\n")
	for i := range benchRows {
		fmt.Fprintf(&b, "K%07d;%02d/01/2026;%d,%03d;Compteur %d\n", i, 1+i%28, i, i%1000, i%1000)
	}
	return bytes.NewReader(b.Bytes())
}

// bareLoad is how long the engine takes for the rows alone.
func bareLoad(b *testing.B, d *db.DB) time.Duration {
	b.Helper()
	var days [28]day.Date
	for i := range days {
		var err error
		if days[i], err = day.New(2026, time.January, 1+i); err != nil {
			b.Fatal(err)
		}
	}
	start := time.Now()
	for from := 0; from < benchRows; from += intake.ChunkRows {
		err := d.Write(b.Context(), db.WriteOptions{NoGroup: true, Timeout: time.Minute}, func(ctx context.Context, tx db.Tx) error {
			n, err := tx.Bulk(ctx, "test_stock", []string{"code", "held_on", "quantity", "name", "batch_id"}, func(yield func([]any, error) bool) {
				for i := from; i < from+intake.ChunkRows; i++ {
					row := []any{fmt.Sprintf("K%07d", i), days[i%28], money.Quantity(i*1000 + i%1000), fmt.Sprintf("Compteur %d", i%1000), int64(1)}
					if !yield(row, nil) {
						return
					}
				}
			})
			if err == nil && n != intake.ChunkRows {
				err = fault.New(fault.Internal, "internal")
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// watchMemory samples the heap until it is stopped, and gives its highest.
func watchMemory() (stop func() float64) {
	var done sync.WaitGroup
	end := make(chan struct{})
	highest := uint64(0)
	done.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				highest = max(highest, m.HeapInuse+m.StackInuse)
			}
		}
	})
	return func() float64 {
		close(end)
		done.Wait()
		return float64(highest)
	}
}
