package doctor

import (
	"context"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// database makes the checks that ask the database.
func (c Config) database(ctx context.Context) []Check {
	checks := []Check{c.schema(ctx), c.integrity(ctx)}
	if c.DB.Engine() == db.SQLite {
		checks = append(checks, wal(c.DB.WALBytes()))
	} else {
		checks = append(checks, c.server(ctx)...)
	}
	if c.Tail != nil {
		checks = append(checks, c.tail(ctx))
	}
	return checks
}

func (c Config) schema(ctx context.Context) Check {
	status, err := c.DB.Status(ctx, c.Set)
	switch {
	case fault.CodeOf(err) == "db.schema_newer":
		return fail("schema", "newer")
	case err != nil:
		return broken("schema", err)
	}
	missing := 0
	for _, m := range status {
		if !m.Applied {
			missing++
		}
	}
	if missing > 0 {
		return fail("schema", "behind", "count", missing)
	}
	return ok("schema", "current", "count", len(status))
}

func (c Config) integrity(ctx context.Context) Check {
	if c.DB.Engine() != db.SQLite {
		return ok("integrity", "server")
	}
	problems, err := c.DB.CheckIntegrity(ctx)
	if err != nil {
		return broken("integrity", err)
	}
	if len(problems) > 0 {
		return fail("integrity", "damaged", "count", len(problems), "first", problems[0])
	}
	return ok("integrity", "sound")
}

func wal(bytes int64) Check {
	if bytes > WALWarn {
		return warn("wal", "large", "mb", bytes/bytesPerMB)
	}
	return ok("wal", "small", "mb", bytes/bytesPerMB)
}

// server makes the checks of a PostgreSQL server.
func (c Config) server(ctx context.Context) []Check {
	var s serverState
	err := c.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		s, err = askServer(ctx, r, LongTransaction)
		return err
	})
	if err != nil {
		return []Check{broken("postgres", err)}
	}
	return []Check{s.version(), s.skew(c.Now()), s.transactions()}
}

// serverState is what a PostgreSQL server says of itself.
type serverState struct {
	number  int64 // 150004 is 15.4
	now     time.Time
	long    int64 // transactions older than LongTransaction
	longest time.Time
}

func (s serverState) version() Check {
	const perMajor = 10_000
	major, minor := s.number/perMajor, s.number%perMajor
	if major < PostgresMin {
		return fail("postgres", "old", "major", major, "minor", minor, "min", PostgresMin)
	}
	return ok("postgres", "version", "major", major, "minor", minor)
}

func (s serverState) skew(now time.Time) Check {
	skew := s.now.Sub(now)
	ms := skew.Milliseconds()
	switch {
	case skew.Abs() > SkewFail:
		return fail("server_clock", "far", "ms", ms)
	case skew.Abs() > SkewWarn:
		return warn("server_clock", "apart", "ms", ms)
	}
	return ok("server_clock", "close", "ms", ms)
}

func (s serverState) transactions() Check {
	if s.long > 0 {
		return warn("transactions", "long", "count", s.long, "minutes", int64(s.now.Sub(s.longest)/time.Minute))
	}
	return ok("transactions", "short")
}

// tail looks at the audit rows that no seal covers yet.
func (c Config) tail(ctx context.Context) Check {
	var count int64
	var oldest time.Time
	err := c.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		count, oldest, err = c.Tail(ctx, r)
		return err
	})
	if err != nil {
		return broken("audit", err)
	}
	if age := c.Now().Sub(oldest); count > 0 && age > TailAgeWarn {
		return warn("audit", "unsealed", "count", count, "minutes", int64(age/time.Minute))
	}
	return ok("audit", "sealed", "count", count)
}
