package config

import (
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
)

// Option is one line of the table from which the flags, the environment
// variables, the file's keys, the checks and the documentation come.
type Option struct {
	// Key is the name in the file: "log.level" is level of table [log].
	Key string
	// Env is the environment variable: WASL_LOG__LEVEL.
	Env string
	// Flag is the name on the command line, without its hyphens: log-level.
	Flag string
	// Default is the value when nothing is given, as one would write it.
	Default string
	// Help is the key of the sentence that explains the option.
	Help string
	// Secret options are masked in dumps and may come from a file named by the
	// variable Env + "_FILE".
	Secret bool
	// Boolean options are true when their flag stands without a value.
	Boolean bool

	mask func(string) string
	set  setter
}

// setter checks a value and stores it; nil when it is good.
type setter func(c *Config, value string) *fault.Field

// Options is the table, in the order of the documentation.
func Options() []Option {
	return slices.Concat(placeOptions(), accessOptions(), boundOptions())
}

// placeOptions say where things are and how they look.
func placeOptions() []Option {
	return []Option{
		option("config", "", words(func(c *Config) *string { return &c.File })),
		secret(option("db", "sqlite:./wasl.db", setDB), maskDSN),
		option("listen", "127.0.0.1:8080", setListen),
		option("data_dir", "", words(func(c *Config) *string { return &c.DataDir })),
		option("base_url", "", setBaseURL),
		option("lang", "fr", enum(func(c *Config) *string { return &c.Lang }, "fr", "ar", "en")),
		option("log.level", "info", setLogLevel),
		option("log.format", "text", enum(func(c *Config) *string { return &c.Log.Format }, "text", "json")),
		option("log.slow_query", "200ms", wait(func(c *Config) *time.Duration { return &c.Log.SlowQuery }, time.Millisecond, time.Hour)),
		yesNo(option("metrics", "false", boolean(func(c *Config) *bool { return &c.Metrics }))),
		option("backup.dir", "", words(func(c *Config) *string { return &c.Backup.Dir })),
		option("backup.keep", "7", number(func(c *Config) *int { return &c.Backup.Keep }, 1, 1000)),
		secret(option("backup.passphrase", "", words(func(c *Config) *string { return &c.Backup.Passphrase })), maskWhole),
	}
}

// accessOptions bound sessions and hold the token of the command line.
func accessOptions() []Option {
	const weekHours, dayMinutes = 168, 1440
	return []Option{
		option("session.idle_minutes", "30", units(func(c *Config) *time.Duration { return &c.Session.Idle }, time.Minute, 1, dayMinutes)),
		option("session.max_hours", "12", units(func(c *Config) *time.Duration { return &c.Session.Max }, time.Hour, 1, weekHours)),
		secret(option("token", "", words(func(c *Config) *string { return &c.Token })), maskWhole),
	}
}

// boundOptions bound what requests may take.
func boundOptions() []Option {
	const kib, mib = int64(1) << 10, int64(1) << 20
	return []Option{
		option("limits.header_bytes", "65536", number(func(c *Config) *int64 { return &c.Limits.HeaderBytes }, 4*kib, mib)),
		option("timeout.read", "30s", wait(func(c *Config) *time.Duration { return &c.Timeout.Read }, time.Second, time.Hour)),
		option("timeout.write", "5m", wait(func(c *Config) *time.Duration { return &c.Timeout.Write }, time.Second, 24*time.Hour)),
		option("timeout.idle", "2m", wait(func(c *Config) *time.Duration { return &c.Timeout.Idle }, time.Second, time.Hour)),
		option("timeout.shutdown", "20s", wait(func(c *Config) *time.Duration { return &c.Timeout.Shutdown }, 0, time.Hour)),
		option("timeout.operation", "5s", wait(func(c *Config) *time.Duration { return &c.Timeout.Operation }, time.Second, time.Hour)),
		option("pool.readers", "0", number(func(c *Config) *int { return &c.Pool.Readers }, 0, 256)),
		option("pool.connections", "0", number(func(c *Config) *int { return &c.Pool.Connections }, 0, 1000)),
		option("pool.workers", "0", number(func(c *Config) *int { return &c.Pool.Workers }, 0, 256)),
	}
}

// option names a line of the table after its key.
func option(key, def string, set setter) Option {
	return Option{
		Key:     key,
		Env:     EnvPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "__")),
		Flag:    strings.NewReplacer(".", "-", "_", "-").Replace(key),
		Default: def,
		Help:    "config.help." + key,
		set:     set,
	}
}

func secret(o Option, mask func(string) string) Option {
	o.Secret, o.mask = true, mask
	return o
}

func yesNo(o Option) Option {
	o.Boolean = true
	return o
}

func bad(code string, pairs ...any) *fault.Field {
	e := fault.New(fault.Invalid, code, pairs...)
	return &fault.Field{Code: e.Code, Args: e.Args}
}

func words(at func(*Config) *string) setter {
	return func(c *Config, v string) *fault.Field {
		*at(c) = v
		return nil
	}
}

func enum(at func(*Config) *string, values ...string) setter {
	return func(c *Config, v string) *fault.Field {
		if !slices.Contains(values, v) {
			return bad("config.enum", "values", values)
		}
		*at(c) = v
		return nil
	}
}

func boolean(at func(*Config) *bool) setter {
	return func(c *Config, v string) *fault.Field {
		if v != "true" && v != "false" {
			return bad("config.bool")
		}
		*at(c) = v == "true"
		return nil
	}
}

func number[N int | int64](at func(*Config) *N, least, most N) setter {
	return func(c *Config, v string) *fault.Field {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return bad("config.number")
		}
		if n < int64(least) || n > int64(most) {
			return bad("config.range", "min", int64(least), "max", int64(most))
		}
		*at(c) = N(n)
		return nil
	}
}

// units reads a whole number of a unit of time.
func units(at func(*Config) *time.Duration, unit time.Duration, least, most int64) setter {
	var n int64
	check := number(func(*Config) *int64 { return &n }, least, most)
	return func(c *Config, v string) *fault.Field {
		if f := check(c, v); f != nil {
			return f
		}
		*at(c) = time.Duration(n) * unit
		return nil
	}
}

// wait reads a duration with its unit: 30s, 5m.
func wait(at func(*Config) *time.Duration, least, most time.Duration) setter {
	return func(c *Config, v string) *fault.Field {
		d, err := time.ParseDuration(v)
		if err != nil || d < least || d > most {
			return bad("config.duration", "min", least.String(), "max", most.String())
		}
		*at(c) = d
		return nil
	}
}

const sqlitePrefix = "sqlite:"

func setDB(c *Config, v string) *fault.Field {
	path, lite := strings.CutPrefix(v, sqlitePrefix)
	if lite && (path == "" || strings.Contains(path, "?")) {
		return bad("config.dsn")
	}
	if !lite {
		u, err := url.Parse(v)
		if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			return bad("config.dsn")
		}
	}
	c.DB = v
	return nil
}

func setListen(c *Config, v string) *fault.Field {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return bad("config.listen")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return bad("config.listen")
	}
	c.Listen = v
	return nil
}

func setBaseURL(c *Config, v string) *fault.Field {
	if v == "" {
		c.BaseURL = ""
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return bad("config.url")
	}
	c.BaseURL = u.Scheme + "://" + u.Host
	return nil
}

func setLogLevel(c *Config, v string) *fault.Field {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[v]
	if !ok {
		return bad("config.enum", "values", []string{"debug", "info", "warn", "error"})
	}
	c.Log.Level = level
	return nil
}

const masked = "********"

func maskWhole(v string) string {
	if v == "" {
		return ""
	}
	return masked
}

// maskDSN hides the password of an address, wherever the driver reads it.
func maskDSN(v string) string {
	if strings.HasPrefix(v, sqlitePrefix) {
		return v
	}
	u, err := url.Parse(v)
	if err != nil {
		return masked
	}
	if _, given := u.User.Password(); given {
		u.User = url.UserPassword(u.User.Username(), masked)
	}
	query := u.Query()
	for name := range query {
		if strings.Contains(strings.ToLower(name), "pass") {
			query.Set(name, masked)
		}
	}
	u.RawQuery = query.Encode()
	return strings.ReplaceAll(u.String(), url.QueryEscape(masked), masked)
}
