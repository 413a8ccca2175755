package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"

	"wasl/internal/kernel/fault"
)

// Bounds and names of the sources.
const (
	fileBytesMax   = 1 << 20
	secretBytesMax = 64 << 10
	fileKey        = "config"
	secretSuffix   = "_FILE"
	// testPrefix begins variables that concern the tests, never the program.
	testPrefix = EnvPrefix + "TEST_"
)

// Load reads the settings: the file named by the flag --config or WASL_CONFIG if
// any, the environment given as os.Environ gives it, and the flags found on the
// command line, by the name they have in the table (nil for none; a flag that
// was not written must not be there). Every fault of every source comes in one
// Invalid "config.invalid", each with the option's key, or the variable's or the
// flag's name when it is unknown, as its path.
func Load(flags map[string]string, environ []string) (Config, error) {
	l := loader{options: Options(), values: koanf.New(".")}
	l.layer(FromDefault, l.defaults())
	fromEnv, fromFlags := l.environment(environ), l.flags(flags)
	l.layer(FromFile, l.file(firstText(fromFlags, fromEnv)))
	l.layer(FromEnv, fromEnv)
	l.layer(FromFlag, fromFlags)
	return l.settle()
}

// loader gathers the layers and their faults.
type loader struct {
	options []Option
	values  *koanf.Koanf
	sources map[string]Source
	faults  []fault.Field
}

func (l *loader) fault(path, code string, pairs ...any) {
	f := bad(code, pairs...)
	f.Path = path
	l.faults = append(l.faults, *f)
}

// layer lays the values of a source over those before.
func (l *loader) layer(source Source, values *koanf.Koanf) {
	if l.sources == nil {
		l.sources = map[string]Source{}
	}
	for _, key := range values.Keys() {
		if table, ok := values.Get(key).(map[string]any); ok && len(table) == 0 {
			continue // a table without keys sets nothing
		}
		if !slices.ContainsFunc(l.options, func(o Option) bool { return o.Key == key }) {
			l.unknown(key, key, func(o Option) string { return o.Key })
			values.Delete(key)
			continue
		}
		l.sources[key] = source
	}
	if err := l.values.Merge(values); err != nil {
		l.fault(string(source), "config.file", "file", string(source))
	}
}

// unknown refuses a name and proposes the nearest of the table.
func (l *loader) unknown(path, name string, nameOf func(Option) string) {
	bare := strings.TrimPrefix(name, EnvPrefix)
	best, near := len(bare)/2+1, ""
	for _, o := range l.options {
		if d := distance(bare, strings.TrimPrefix(nameOf(o), EnvPrefix)); d < best {
			best, near = d, nameOf(o)
		}
	}
	if near == "" {
		l.fault(path, "config.unknown")
		return
	}
	l.fault(path, "config.unknown_near", "near", near)
}

func (l *loader) defaults() *koanf.Koanf {
	values := map[string]any{}
	for _, o := range l.options {
		values[o.Key] = o.Default
	}
	return l.load("defaults", confmap.Provider(values, "."), nil)
}

// load reads a provider into a layer of its own; a failure is a fault.
func (l *loader) load(name string, p koanf.Provider, parser koanf.Parser) *koanf.Koanf {
	k := koanf.New(".")
	err := k.Load(p, parser)
	if err == nil {
		return k
	}
	var located interface{ Position() (row, column int) } // errors of the TOML parser
	if errors.As(err, &located) {
		line, column := located.Position()
		l.fault(fileKey, "config.file_line", "file", name, "line", line, "column", column)
	} else {
		l.fault(fileKey, "config.file", "file", name)
	}
	return koanf.New(".")
}

// firstText is the name of the file of settings, by the most prevailing source.
func firstText(layers ...*koanf.Koanf) string {
	for _, k := range layers {
		if k.Exists(fileKey) {
			return k.String(fileKey)
		}
	}
	return ""
}

func (l *loader) file(name string) *koanf.Koanf {
	if name == "" {
		return koanf.New(".")
	}
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > fileBytesMax {
		l.fault(fileKey, "config.file", "file", name)
		return koanf.New(".")
	}
	k := l.load(name, file.Provider(name), toml.Parser())
	if k.Exists(fileKey) { // a file does not name another
		l.unknown(fileKey, fileKey, func(Option) string { return "" })
		k.Delete(fileKey)
	}
	return k
}

// environment reads the variables of the table, and the files that those ending
// in _FILE name for secrets.
func (l *loader) environment(environ []string) *koanf.Koanf {
	seen := map[string]string{}
	transform := func(name, value string) (string, any) {
		if strings.HasPrefix(name, testPrefix) {
			return "", nil
		}
		for _, o := range l.options {
			switch {
			case name == o.Env:
			case o.Secret && name == o.Env+secretSuffix:
				value = l.secret(o, value)
			default:
				continue
			}
			if _, twice := seen[o.Key]; twice && seen[o.Key] != name {
				l.fault(o.Key, "config.secret_twice", "name", o.Env)
			}
			seen[o.Key] = name
			return o.Key, value
		}
		l.unknown(name, name, func(o Option) string { return o.Env })
		return "", nil
	}
	return l.load("environment", env.Provider(".", env.Opt{
		Prefix: EnvPrefix, TransformFunc: transform, EnvironFunc: func() []string { return environ },
	}), nil)
}

// secret reads a file that holds one secret, without the line's end.
func (l *loader) secret(o Option, path string) string {
	refuse := func() string {
		l.fault(o.Key, "config.secret_file", "name", o.Env+secretSuffix)
		return o.Default
	}
	f, err := os.Open(path)
	if err != nil {
		return refuse()
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, secretBytesMax+1))
	value := strings.TrimRight(string(raw), "\r\n")
	if err != nil || value == "" || len(raw) > secretBytesMax {
		return refuse()
	}
	return value
}

func (l *loader) flags(flags map[string]string) *koanf.Koanf {
	values := make(map[string]any, len(flags))
	for name, value := range flags {
		at := slices.IndexFunc(l.options, func(o Option) bool { return o.Flag == name })
		if at < 0 {
			l.unknown("--"+name, name, func(o Option) string { return o.Flag })
			continue
		}
		values[l.options[at].Key] = value
	}
	return l.load("flags", confmap.Provider(values, "."), nil)
}

// settle checks the values and makes the settings.
func (l *loader) settle() (Config, error) {
	var c Config
	for _, o := range l.options {
		value, ok := scalar(l.values.Get(o.Key))
		if !ok {
			l.fault(o.Key, "config.scalar")
			continue
		}
		if f := o.set(&c, value); f != nil {
			f.Path = o.Key
			l.faults = append(l.faults, *f)
			continue
		}
		shown := value
		if o.mask != nil {
			shown = o.mask(value)
		}
		c.settings = append(c.settings, Setting{Option: o, Value: shown, Source: l.sources[o.Key]})
	}
	l.faults = append(l.faults, c.finish()...)
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return Config{}, &fault.Error{
			Kind: fault.Invalid, Code: "config.invalid", Fields: l.faults, Args: fault.Args{"count": len(l.faults)},
		}
	}
	return c, nil
}

// scalar writes a value of the file as the environment would; lists and tables
// have no such writing.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case bool, int, int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// distance is the number of letters to add, drop or replace to go from one name
// to the other.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
