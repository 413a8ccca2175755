package db

import (
	"runtime/debug"

	"zombiezen.com/go/sqlite"
)

// libcWanted is the version of modernc.org/libc that the version of
// modernc.org/sqlite in go.mod was made with. Another one crashes. A test
// compares it with sqlite's own go.mod.
const libcWanted = "v1.79.0"

// EngineVersions are the versions of what the storage is made of, for doctor.
type EngineVersions struct {
	// SQLite is the version of the engine, as in 3.54.0.
	SQLite string
	// ModerncSQLite, ModerncLibc, Zombiezen and PGX are module versions; empty
	// when the build does not say.
	ModerncSQLite, ModerncLibc, Zombiezen, PGX string
	// LibcWanted is the only good value of ModerncLibc.
	LibcWanted string
}

// LibcMatches says that the C library is the one SQLite was made with, or that
// the build does not say.
func (v EngineVersions) LibcMatches() bool {
	return v.ModerncLibc == "" || v.ModerncLibc == v.LibcWanted
}

// Versions reads the versions out of the running program.
func Versions() EngineVersions {
	v := EngineVersions{LibcWanted: libcWanted, SQLite: sqliteVersion()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	into := map[string]*string{
		"modernc.org/sqlite": &v.ModerncSQLite, "modernc.org/libc": &v.ModerncLibc,
		"zombiezen.com/go/sqlite": &v.Zombiezen, "github.com/jackc/pgx/v5": &v.PGX,
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if p := into[m.Path]; p != nil {
			*p = m.Version
		}
	}
	return v
}

func sqliteVersion() string {
	c, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite, sqlite.OpenMemory)
	if err != nil {
		return ""
	}
	defer c.Close() //nolint:errcheck // a memory database has nothing to lose
	stmt, _, err := c.PrepareTransient("SELECT sqlite_version()")
	if err != nil {
		return ""
	}
	defer stmt.Finalize() //nolint:errcheck // the text was read
	if ok, err := stmt.Step(); err != nil || !ok {
		return ""
	}
	return stmt.ColumnText(0)
}
