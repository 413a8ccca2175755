package config

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/text"
)

// write puts a file in a folder of the test's own and gives its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// command reads flags written --name=value, --name value or, for a boolean,
// --name.
func command(t *testing.T, args ...string) map[string]string {
	t.Helper()
	given := map[string]string{}
	for i := 0; i < len(args); i++ {
		name, value, ok := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		switch {
		case ok:
		case slices.ContainsFunc(Options(), func(o Option) bool { return o.Flag == name && o.Boolean }):
			value = "true"
		default:
			i++
			value = args[i]
		}
		given[name] = value
	}
	return given
}

// faults gives the fields of a refusal as "path code".
func faults(t *testing.T, err error) []string {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Invalid || e.Code != "config.invalid" {
		t.Fatalf("not a refusal of the settings: %v", err)
	}
	var list []string
	for _, f := range e.Fields {
		list = append(list, f.Path+" "+f.Code)
	}
	return list
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := Load(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.DB != "sqlite:./wasl.db" || c.Listen != "127.0.0.1:8080" || c.DataDir != "./wasl.db.data" || c.Lang != "fr" || c.BaseURL != "" {
		t.Errorf("%+v", c)
	}
	if c.Session.Idle != 30*time.Minute || c.Session.Max != 12*time.Hour {
		t.Errorf("%+v", c.Session)
	}
	if c.Log.Level != slog.LevelInfo || c.Log.Format != "text" || c.Limits.HeaderBytes != 1<<16 || c.Timeout.Read != 30*time.Second || c.Metrics {
		t.Errorf("%+v %+v %+v", c.Log, c.Limits, c.Timeout)
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "wasl.toml", `
listen = "127.0.0.1:1111"
lang = "ar"
metrics = true
[log]
level = "warn"
format = "json"
[session]
idle_minutes = 10
[pool]
`)
	env := []string{"PATH=/bin", "WASL_LISTEN=127.0.0.1:2222", "WASL_LOG__LEVEL=error", "WASL_CONFIG=" + file, "WASL_TEST_REQUIRE=data"}
	c, err := Load(command(t, "--listen", "127.0.0.1:3333"), env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:3333" || c.Log.Level != slog.LevelError || c.Log.Format != "json" || c.Session.Idle != 10*time.Minute || !c.Metrics {
		t.Errorf("%+v", c)
	}
	want := map[string]Source{
		"listen": FromFlag, "log.level": FromEnv, "log.format": FromFile, "config": FromEnv, "lang": FromFile, "db": FromDefault, "metrics": FromFile,
	}
	for _, s := range c.Settings() {
		if source, ok := want[s.Option.Key]; ok && s.Source != source {
			t.Errorf("%s comes from %s, want %s", s.Option.Key, s.Source, source)
		}
	}
	if len(c.Settings()) != len(Options()) {
		t.Errorf("%d settings of %d options", len(c.Settings()), len(Options()))
	}
	// The flag names another file than the variable.
	other := write(t, "other.toml", `lang = "en"`)
	if c, err = Load(command(t, "--config="+other, "--metrics"), env); err != nil || c.Lang != "en" || c.File != other || !c.Metrics {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDataDir(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ db, dir, want string }{
		{"sqlite:/var/lib/wasl/wasl.db", "", "/var/lib/wasl/wasl.db.data"},
		{"postgres://wasl@db/wasl", "", "./wasl-data"},
		{"sqlite:a.db", "/srv/files", "/srv/files"},
	} {
		got, err := Load(command(t, "--db", c.db, "--data-dir", c.dir), nil)
		if err != nil || got.DataDir != c.want || !strings.Contains(got.TOML(), `data_dir = "`+c.want+`"`) {
			t.Errorf("%s: %q, %v", c.db, got.DataDir, err)
		}
	}
}

func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	file := write(t, "wasl.toml", `
listn = "127.0.0.1:1"
lang = ["fr"]
config = "other.toml"
[session]
idle_minutes = "beaucoup"
max_hours = 1000
[log]
levle = "info"
format = "xml"
`)
	env := []string{"WASL_LOG_LEVEL=info", "WASL_BASE_URL=wasl.ma/x", "WASL_QWERTYUIOP=1", "WASL_METRICS=oui", "WASL_TIMEOUT__READ=30"}
	_, err := Load(command(t, "--config", file, "--db", "mysql://x", "--listen", "8080"), env)
	want := []string{
		"WASL_LOG_LEVEL config.unknown_near", "WASL_QWERTYUIOP config.unknown", "base_url config.url", "config config.unknown", "db config.dsn",
		"lang config.scalar", "listen config.listen", "listn config.unknown_near", "log.format config.enum", "log.levle config.unknown_near",
		"metrics config.bool", "session.idle_minutes config.number", "session.max_hours config.range", "timeout.read config.duration",
	}
	if got := faults(t, err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	near := map[string]any{}
	for _, f := range fault.As(err).Fields {
		near[f.Path] = f.Args["near"]
	}
	if near["listn"] != "listen" || near["log.levle"] != "log.level" || near["WASL_LOG_LEVEL"] != "WASL_LOG__LEVEL" {
		t.Errorf("nearest names: %v", near)
	}
	// Each fault has its French sentence.
	catalog, err2 := text.New()
	if err2 != nil {
		t.Fatal(err2)
	}
	if message, _ := catalog.Printer("fr").Error(err); message != "Des réglages sont à corriger." || len(catalog.Missing()) > 0 {
		t.Errorf("%q, missing %v", message, catalog.Missing())
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ flag, value, code string }{
		{"listen", ":8080", ""},
		{"listen", "[::1]:0", ""},
		{"listen", "localhost:65535", ""},
		{"listen", "localhost:65536", "config.listen"},
		{"listen", "localhost:http", "config.listen"},
		{"listen", "localhost:+1", "config.listen"},
		{"base-url", "https://wasl.example.ma/", ""},
		{"base-url", "", ""},
		{"base-url", "ftp://wasl.example.ma", "config.url"},
		{"base-url", "https://user@wasl.example.ma", "config.url"},
		{"base-url", "https://wasl.example.ma/?a=b", "config.url"},
		{"base-url", "https://", "config.url"},
		{"db", "postgresql://u:p@h/b", ""},
		{"db", "sqlite:", "config.dsn"},
		{"db", "sqlite:a.db?mode=ro", "config.dsn"},
		{"db", "a.db", "config.dsn"},
		{"db", "", "config.dsn"},
		{"log-level", "INFO", "config.enum"},
		{"log-level", "debug", ""},
		{"pool-readers", "-1", "config.range"},
		{"pool-readers", "256", ""},
		{"pool-readers", "1.5", "config.number"},
		{"limits-header-bytes", "1048576", ""},
		{"limits-header-bytes", "1048577", "config.range"},
		{"limits-header-bytes", "99999999999999999999", "config.number"},
		{"timeout-shutdown", "0s", ""},
		{"timeout-shutdown", "-1s", "config.duration"},
		{"timeout-read", "2h", "config.duration"},
		{"session-idle-minutes", "721", "config.order"}, // more than the 12 hours of the default
		{"metrics", "true", ""},
	} {
		_, err := Load(command(t, "--"+c.flag+"="+c.value), nil)
		if c.code == "" {
			if err != nil {
				t.Errorf("--%s=%s: %v", c.flag, c.value, err)
			}
			continue
		}
		if got := faults(t, err); len(got) != 1 || !strings.HasSuffix(got[0], " "+c.code) {
			t.Errorf("--%s=%s: %q, want %s", c.flag, c.value, got, c.code)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	token := write(t, "token", "s3cret-token\r\n")
	c, err := Load(nil, []string{"WASL_TOKEN_FILE=" + token, "WASL_DB=postgres://wasl:hunter2@db:5432/wasl?sslmode=require&sslpassword=hunter3"})
	if err != nil || c.Token != "s3cret-token" {
		t.Fatalf("%q, %v", c.Token, err)
	}
	dump := c.TOML()
	for _, hidden := range []string{"s3cret", "hunter"} {
		if strings.Contains(dump, hidden) {
			t.Errorf("the dump shows %s:\n%s", hidden, dump)
		}
	}
	if !strings.Contains(dump, `db = "postgres://wasl:********@db:5432/wasl?sslmode=require&sslpassword=********" # env`) ||
		!strings.Contains(dump, `token = "********" # env`) {
		t.Errorf("the dump hides too much:\n%s", dump)
	}
	if maskDSN("postgres://%zz:pw@h") != masked || maskWhole("") != "" {
		t.Error("an unreadable address is shown")
	}
	for name, env := range map[string][]string{
		"config.secret_twice": {"WASL_TOKEN=a", "WASL_TOKEN_FILE=" + token},
		"config.secret_file":  {"WASL_TOKEN_FILE=" + token + ".absent"},
	} {
		if got := faults(t, second(Load(nil, env))); !slices.Equal(got, []string{"token " + name}) {
			t.Errorf("%v: %q", env, got)
		}
	}
	for _, content := range []string{"", "\n", strings.Repeat("x", secretBytesMax+1)} {
		if got := faults(t, second(Load(nil, []string{"WASL_TOKEN_FILE=" + write(t, "token", content)}))); got[0] != "token config.secret_file" {
			t.Errorf("%.10q: %q", content, got)
		}
	}
	// Only secrets may come from a file.
	if got := faults(t, second(Load(nil, []string{"WASL_LANG_FILE=" + token}))); !strings.HasPrefix(got[0], "WASL_LANG_FILE config.unknown") {
		t.Errorf("%q", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestFileFaults(t *testing.T) {
	t.Parallel()
	broken := write(t, "broken.toml", "lang = \"fr\"\nlisten = \n")
	err := second(Load(command(t, "--config", broken), nil))
	if got := faults(t, err); !slices.Equal(got, []string{"config config.file_line"}) || fault.As(err).Fields[0].Args["line"] != 2 {
		t.Errorf("%v", err)
	}
	huge := write(t, "huge.toml", strings.Repeat("# long\n", fileBytesMax/7+1))
	for _, path := range []string{broken + ".absent", t.TempDir(), huge} {
		if got := faults(t, second(Load(command(t, "--config", path), nil))); !slices.Equal(got, []string{"config config.file"}) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// What a dump writes, a file gives back.
func TestDumpReadsBack(t *testing.T) {
	t.Parallel()
	first, err := Load(command(t, "--backup-dir", `C:\sauve "garde"`+"\t\x7fé", "--log-level=debug", "--pool-workers=3", "--metrics"), nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(command(t, "--config", write(t, "dump.toml", first.TOML())), nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, first.TOML())
	}
	for i, s := range again.Settings() {
		if was := first.Settings()[i]; s.Value != was.Value && s.Option.Key != fileKey {
			t.Errorf("%s: %q, was %q", s.Option.Key, s.Value, was.Value)
		}
	}
	first.settings, again.settings, again.File = nil, nil, ""
	if first.Backup != again.Backup || first.Log != again.Log || first.Pool != again.Pool || first.DataDir != again.DataDir {
		t.Errorf("%+v\n%+v", first, again)
	}
}

// The table itself: names are unique and regular, no key is a table of another,
// defaults are good, each option is explained in French.
func TestTable(t *testing.T) {
	t.Parallel()
	catalog, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, o := range Options() {
		for _, name := range []string{o.Key, o.Env, "--" + o.Flag} {
			if seen[name] && name != o.Key {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
		var c Config
		if f := o.set(&c, o.Default); f != nil {
			t.Errorf("the default of %s is refused: %+v", o.Key, f)
		}
		if !catalog.Has(o.Help) {
			t.Errorf("%s is not explained", o.Key)
		}
		if o.Secret == (o.mask == nil) {
			t.Errorf("%s: a secret needs a mask", o.Key)
		}
		for _, other := range Options() {
			if strings.HasPrefix(other.Key, o.Key+".") {
				t.Errorf("%s is a table and a value", o.Key)
			}
		}
	}
	if !seen["WASL_SESSION__IDLE_MINUTES"] || !seen["--session-idle-minutes"] || !seen["WASL_DATA_DIR"] {
		t.Error("names are not those announced")
	}
}

func TestUnknownFlag(t *testing.T) {
	t.Parallel()
	_, err := Load(map[string]string{"log-levl": "info", "verbose-output-please": "1"}, nil)
	if got := faults(t, err); !slices.Equal(got, []string{"--log-levl config.unknown_near", "--verbose-output-please config.unknown"}) {
		t.Errorf("%q", got)
	}
	if near := fault.As(err).Fields[0].Args["near"]; near != "log-level" {
		t.Errorf("nearest: %v", near)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"listn", "listen", 1}, {"kitten", "sitting", 3}, {"levle", "level", 2},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b, m := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b"), rapid.String().Draw(t, "m")
		if distance(a, b) != distance(b, a) || (distance(a, b) == 0) != (a == b) || distance(a, b) > distance(a, m)+distance(m, b) {
			t.Fatalf("%q %q: %d is no distance", a, b, distance(a, b))
		}
	})
}
