// Package config owns the settings of the program. One table of options gives
// the keys of the TOML file, the environment variables, the flags, their checks
// and their documentation. A flag prevails over the environment, which prevails
// over the file, which prevails over the defaults.
//
// A name that is not in the table is refused, with the nearest one: a setting
// that is misspelt never goes unnoticed. All faults are told at once.
package config

import (
	"log/slog"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
)

// EnvPrefix begins the name of every environment variable of the program; two
// underscores part a table from its key.
const EnvPrefix = "WASL_"

// Config is every setting, checked.
type Config struct {
	// File is the TOML file that was read; empty for none.
	File string
	// DB is the address of the database: sqlite:PATH or postgres://…; it may hold
	// a password, so it is never logged.
	DB string
	// Listen is the address and port of the server; an empty host means every
	// interface.
	Listen string
	// DataDir is the folder of the files received and produced.
	DataDir string
	// BaseURL is the public address, without a slash at the end; empty when not
	// given.
	BaseURL string
	// Lang is the language of whoever did not choose one.
	Lang    string
	Log     Log
	Session Session
	Limits  Limits
	Timeout Timeout
	Pool    Pool
	// Metrics says whether /metrics answers.
	Metrics bool
	Backup  Backup
	// Token is the API token of the command line; empty for none.
	Token string

	settings []Setting
}

// Log says what is logged and how.
type Log struct {
	Level slog.Level
	// Format is "text" or "json".
	Format string
	// SlowQuery is the time from which a statement is noted.
	SlowQuery time.Duration
}

// Session bounds how long a login lasts.
type Session struct {
	// Idle closes a session without activity.
	Idle time.Duration
	// Max closes a session in any case.
	Max time.Duration
}

// Limits bound requests.
type Limits struct {
	HeaderBytes int64
}

// Timeout bounds waiting.
type Timeout struct {
	Read      time.Duration
	Write     time.Duration
	Idle      time.Duration
	Shutdown  time.Duration
	Operation time.Duration
}

// Pool bounds concurrency; 0 lets the program choose by the machine.
type Pool struct {
	Readers     int
	Connections int
	Workers     int
}

// Backup says where automatic copies go and how many are kept.
type Backup struct {
	// Dir is their folder; empty for no automatic copy.
	Dir  string
	Keep int
	// Passphrase encrypts the private keys in the copies; empty leaves them out.
	Passphrase string
}

// Source says where the value of a setting came from.
type Source string

// The sources, the later prevailing.
const (
	FromDefault Source = "default"
	FromFile    Source = "file"
	FromEnv     Source = "env"
	FromFlag    Source = "flag"
)

// Setting is one line of a dump. Its value is masked when it is secret.
type Setting struct {
	Option Option
	Value  string
	Source Source
}

// Settings lists every option with the value in force, in the order of the
// table. Secrets are masked.
func (c Config) Settings() []Setting {
	return append([]Setting(nil), c.settings...)
}

// TOML writes the settings in force as a file that Load would read, secrets
// masked and the source of each in a comment. The name of the file read comes
// first, as a comment.
func (c Config) TOML() string {
	var top, tables strings.Builder
	table := ""
	for _, s := range c.settings {
		line := " = " + quoteTOML(s.Value) + " # " + string(s.Source) + "\n"
		name, key, nested := strings.Cut(s.Option.Key, ".")
		switch {
		case s.Option.Key == fileKey:
			top.WriteString("# config" + line)
		case !nested:
			top.WriteString(name + line)
		default:
			if name != table {
				tables.WriteString("\n[" + name + "]\n")
				table = name
			}
			tables.WriteString(key + line)
		}
	}
	return top.String() + tables.String()
}

// quoteTOML writes a basic string of TOML.
func quoteTOML(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u00` + string(hex[r>>4]) + string(hex[r&0xf]))
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// finish fills what depends on other settings and checks what concerns several.
func (c *Config) finish() []fault.Field {
	if c.DataDir == "" {
		c.DataDir = "./wasl-data"
		if path, ok := strings.CutPrefix(c.DB, sqlitePrefix); ok {
			c.DataDir = path + ".data"
		}
		for i := range c.settings {
			if c.settings[i].Option.Key == "data_dir" {
				c.settings[i].Value = c.DataDir
			}
		}
	}
	var faults []fault.Field
	if c.Session.Idle > c.Session.Max && c.Session.Max > 0 {
		faults = append(faults, orderFault("session.idle_minutes", "session.max_hours"))
	}
	return faults
}

func orderFault(key, other string) fault.Field {
	return fault.Field{Path: key, Code: "config.order", Args: fault.Args{"other": other}}
}
