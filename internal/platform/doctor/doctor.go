// Package doctor looks over an installation and says what is not as it should
// be, with what to do about it. It changes nothing and may run beside a serving
// process. It gives codes and numbers; the texts are keys:
//
//	doctor.NAME               what is looked at
//	doctor.NAME.CODE          what was found, with the arguments
//	doctor.NAME.CODE.advice   what to do, for a warning or a failure
package doctor

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/backup"
	"wasl/internal/platform/db"
)

// State is how grave a finding is.
type State string

// The states.
const (
	OK State = "ok"
	// Warn: it works, somebody should look.
	Warn State = "warn"
	// Fail: it does not work, or data are in danger.
	Fail State = "fail"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "doctor_state" }

// EnumValues are the states.
func (State) EnumValues() []string { return []string{string(OK), string(Warn), string(Fail)} }

// Check is one finding.
type Check struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Code completes the keys of the texts; Args complete the texts.
	Code string     `json:"code"`
	Args fault.Args `json:"args,omitempty"`
}

// TextKey is the key of the finding's text.
func (c Check) TextKey() string { return "doctor." + c.Name + "." + c.Code }

// Worst is the gravest state of a list; OK when it is empty.
func Worst(checks []Check) State {
	worst := OK
	for _, c := range checks {
		if c.State == Fail || c.State == Warn && worst == OK {
			worst = c.State
		}
	}
	return worst
}

// The bounds of what is good.
const (
	// DiskFreeFail and DiskFreeWarn are bytes free on the disk of the data; the
	// warning also comes when the database could not be copied once.
	DiskFreeFail = 200 << 20
	DiskFreeWarn = 2 << 30
	// WALWarn is the bytes of the SQLite WAL above which a long reader is likely.
	WALWarn = 256 << 20
	// PostgresMin is the oldest major version of the server.
	PostgresMin = 14
	// SkewWarn and SkewFail are the distance of the server's clock.
	SkewWarn = 2 * time.Second
	SkewFail = 60 * time.Second
	// LongTransaction is the age at which a transaction keeps others waiting.
	LongTransaction = 10 * time.Minute
	// BackupAgeWarn and BackupAgeFail are the age of the last backup.
	BackupAgeWarn = 30 * time.Hour
	BackupAgeFail = 8 * 24 * time.Hour
	// TailAgeWarn is the age of the oldest audit row that no seal covers.
	TailAgeWarn = time.Hour

	yearMin, yearMax = 2025, 2100
	jumpMax          = 2 * time.Second
	secretMode       = 0o077 // what others must not have
	bytesPerMB       = 1 << 20
)

// Config says what to look at. What is empty is not looked at.
type Config struct {
	// Program is the version of wasl.
	Program string
	DB      *db.DB
	Set     db.MigrationSet
	// DataDir holds the database, files and keys.
	DataDir string
	// Keys are the files of private keys.
	Keys []string
	// Backups is the folder of the archives.
	Backups string
	// Assets names the files of the pages that are missing.
	Assets func() []string
	// Tail gives how many audit rows no seal covers and when the oldest of them
	// was written.
	Tail func(ctx context.Context, r db.Reader) (count int64, oldest time.Time, err error)
	// Now is the machine's clock.
	Now func() time.Time
	// Started is when the process started, by Now.
	Started time.Time
	// Free gives the bytes free on the disk of a path; nil asks the system.
	Free func(path string) (int64, error)
}

// Run makes every check.
func Run(ctx context.Context, c Config) []Check {
	if c.Free == nil {
		c.Free = freeBytes
	}
	checks := []Check{ok("program", "version", "wasl", c.Program, "go", runtime.Version())}
	checks = append(checks, libraries(db.Versions())...)
	checks = append(checks, c.clock(), zone())
	if c.DB != nil {
		checks = append(checks, c.database(ctx)...)
	}
	checks = append(checks, c.disk(ctx)...)
	checks = append(checks, c.permissions()...)
	if c.Assets != nil {
		checks = append(checks, assets(c.Assets()))
	}
	if c.Backups != "" {
		checks = append(checks, c.backup())
	}
	return checks
}

func ok(name, code string, pairs ...any) Check   { return found(OK, name, code, pairs...) }
func warn(name, code string, pairs ...any) Check { return found(Warn, name, code, pairs...) }
func fail(name, code string, pairs ...any) Check { return found(Fail, name, code, pairs...) }

func found(s State, name, code string, pairs ...any) Check {
	return Check{Name: name, State: s, Code: code, Args: fault.New(fault.Internal, code, pairs...).Args}
}

// broken is a check that could not be made.
func broken(name string, err error) Check {
	return fail(name, "unknown", "error", fault.CodeOf(err))
}

// libraries compares the versions of what the program was built with.
func libraries(v db.EngineVersions) []Check {
	c := ok("sqlite", "version", "version", v.SQLite)
	if v.SQLite == "" {
		c = fail("sqlite", "missing")
	}
	l := ok("libc", "version", "version", v.ModerncLibc, "wanted", v.LibcWanted)
	if !v.LibcMatches() {
		l = fail("libc", "mismatch", "version", v.ModerncLibc, "wanted", v.LibcWanted)
	}
	return []Check{c, l}
}

// clock looks at the machine's clock: its year, and whether it was moved since
// the process started, which the monotonic reading tells.
func (c Config) clock() Check {
	now := c.Now()
	if y := now.UTC().Year(); y < yearMin || y > yearMax {
		return fail("clock", "year", "year", y)
	}
	if !c.Started.IsZero() {
		if by := moved(now.Sub(c.Started), now.Round(0).Sub(c.Started.Round(0))); by != 0 {
			return warn("clock", "moved", "seconds", by)
		}
	}
	return ok("clock", "now", "now", now.UTC().Truncate(time.Second))
}

// moved is by how many seconds the wall clock went ahead of the steady one; 0
// when it is little.
func moved(steady, wall time.Duration) int64 {
	if jump := wall - steady; jump.Abs() > jumpMax {
		return int64(jump / time.Second)
	}
	return 0
}

// zone checks the tables of legal time on two known instants: UTC+1, and UTC+0
// during Ramadan.
func zone() Check {
	if err := day.ZoneError(); err != nil {
		return fail("zone", "missing")
	}
	_, summer := time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC).In(day.Zone()).Zone()
	_, ramadan := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC).In(day.Zone()).Zone()
	if summer != int(time.Hour/time.Second) || ramadan != 0 {
		return fail("zone", "wrong", "summer", summer, "ramadan", ramadan)
	}
	return ok("zone", "present", "zone", day.ZoneName)
}

// disk compares what is free with what the database takes.
func (c Config) disk(ctx context.Context) []Check {
	if c.DataDir == "" {
		return nil
	}
	free, err := c.Free(c.DataDir)
	if err != nil {
		return []Check{fail("disk", "unknown", "error", "statfs")}
	}
	size := int64(0)
	if c.DB != nil {
		if size, err = c.DB.DiskBytes(ctx); err != nil {
			return []Check{broken("disk", err)}
		}
	}
	state := OK
	switch {
	case free < DiskFreeFail:
		state = Fail
	case free < DiskFreeWarn, c.DB != nil && c.DB.Engine() == db.SQLite && free < size:
		state = Warn
	}
	code := map[State]string{OK: "enough", Warn: "low", Fail: "full"}[state]
	return []Check{found(state, "disk", code, "free_mb", free/bytesPerMB, "database_mb", size/bytesPerMB)}
}

func freeBytes(path string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}

// permissions says whether others than the program may read what is secret.
func (c Config) permissions() []Check {
	var checks []Check
	if c.DataDir != "" {
		checks = append(checks, private("data_dir", c.DataDir))
	}
	for _, key := range c.Keys {
		checks = append(checks, private("key", key))
	}
	return checks
}

func private(name, path string) Check {
	base := filepath.Base(path)
	info, err := os.Stat(path)
	if err != nil {
		return fail(name, "missing", "path", base)
	}
	if mode := info.Mode().Perm(); mode&secretMode != 0 {
		if name == "key" {
			return fail(name, "open", "path", base, "mode", octal(mode))
		}
		return warn(name, "open", "path", base, "mode", octal(mode))
	}
	return ok(name, "private", "path", base, "mode", octal(info.Mode().Perm()))
}

func octal(m fs.FileMode) string {
	const digits = "01234567"
	return string([]byte{'0', digits[m>>6&7], digits[m>>3&7], digits[m&7]})
}

func assets(missing []string) Check {
	if len(missing) > 0 {
		return fail("assets", "missing", "files", strings.Join(missing, ", "))
	}
	return ok("assets", "present")
}

// backup looks at the age of the last archive.
func (c Config) backup() Check {
	last, err := backup.Latest(c.Backups)
	if fault.KindOf(err) == fault.NotFound {
		return warn("backup", "none")
	}
	if err != nil {
		return broken("backup", err)
	}
	age := c.Now().Sub(last.At)
	hours := int64(age / time.Hour)
	switch {
	case age > BackupAgeFail:
		return fail("backup", "old", "name", last.Name, "hours", hours)
	case age > BackupAgeWarn:
		return warn("backup", "late", "name", last.Name, "hours", hours)
	}
	return ok("backup", "recent", "name", last.Name, "hours", max(hours, 0))
}
