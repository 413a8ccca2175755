package db

import (
	"strings"
	"sync"

	"wasl/internal/kernel/fault"
)

// By holds the two texts of a statement that cannot be the same on both
// engines. Such statements are few: they are counted by the house rules.
type By struct {
	SQLite   string
	Postgres string
}

// For gives the text for an engine.
func (b By) For(e Engine) string {
	if e == Postgres {
		return b.Postgres
	}
	return b.SQLite
}

// statementsMax bounds the texts kept translated. SQL texts are constants or
// filters built from a few parts, so the bound is met only by a mistake; the
// texts beyond it are translated each time.
const statementsMax = 4096

// statement is a translated text.
type statement struct {
	source  string // as written by the caller, for logs
	sql     string // for the engine
	changes bool   // it inserts, updates or deletes: its row count means something
}

// translator turns house SQL into an engine's SQL, once per text.
type translator struct {
	engine Engine
	mu     sync.RWMutex
	known  map[string]*statement
}

func newTranslator(e Engine) *translator {
	return &translator{engine: e, known: make(map[string]*statement)}
}

// statement gives the translation of a text.
func (t *translator) statement(sql string) (*statement, error) {
	t.mu.RLock()
	s := t.known[sql]
	t.mu.RUnlock()
	if s != nil {
		return s, nil
	}
	out, err := translate(t.engine, sql, false)
	if err != nil {
		return nil, err
	}
	s = &statement{source: sql, sql: out, changes: changesRows(sql)}
	t.mu.Lock()
	if len(t.known) < statementsMax {
		t.known[sql] = s
	}
	t.mu.Unlock()
	return s, nil
}

// changesRows says that a text is an INSERT, UPDATE or DELETE, alone or after
// common table expressions.
func changesRows(sql string) bool {
	word, rest := firstWord(sql)
	switch word {
	case "INSERT", "UPDATE", "DELETE", "REPLACE":
		return true
	case "WITH":
		rest = " " + strings.ToUpper(strings.Join(strings.Fields(rest), " ")) + " "
		return strings.Contains(rest, " INSERT INTO ") || strings.Contains(rest, " UPDATE ") || strings.Contains(rest, " DELETE FROM ")
	}
	return false
}

// firstWord gives the first word of a text, in capitals, past comments.
func firstWord(sql string) (word, rest string) {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n(")
		end := skipComment(sql, 0)
		if end == 0 {
			break
		}
		sql = sql[end:]
	}
	i := 0
	for i < len(sql) && isWord(sql[i]) {
		i++
	}
	return strings.ToUpper(sql[:i]), sql[i:]
}

// translate rewrites placeholders and type words outside quotes and comments.
// In a definition (a migration) a type word that follows a column name also
// brings what the column needs to behave the same on both engines.
func translate(e Engine, sql string, definition bool) (string, error) {
	var b strings.Builder
	b.Grow(len(sql) + len(sql)/8)
	for i := 0; i < len(sql); {
		if end := skipQuoted(sql, i); end > i {
			b.WriteString(sql[i:end])
			i = end
			continue
		}
		switch c := sql[i]; {
		case c == '$' && i+1 < len(sql) && sql[i+1] >= '0' && sql[i+1] <= '9' && e == SQLite:
			b.WriteByte('?')
			i++
		case c == '{':
			end := strings.IndexByte(sql[i:], '}')
			if end < 0 {
				return "", fault.New(fault.Internal, "db.sql", "reason", "unclosed {")
			}
			word := sql[i+1 : i+end]
			out, ok := listWord(e, word)
			if !ok {
				out, ok = typeWord(e, word, columnBefore(b.String(), definition))
			}
			if !ok {
				return "", fault.New(fault.Internal, "db.sql", "reason", "unknown word {"+word+"}")
			}
			b.WriteString(out)
			i += end + 1
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), nil
}

// typeWord gives an engine's type. column is the name of the column being
// defined, or empty inside an expression.
func typeWord(e Engine, word, column string) (string, bool) {
	sqlite, postgres := "", ""
	switch word {
	case "int":
		sqlite, postgres = "INTEGER", "bigint"
	case "instant":
		sqlite, postgres = "INTEGER", "timestamptz"
	case "date":
		sqlite, postgres = "TEXT", "date"
	case "bytes":
		sqlite, postgres = "BLOB", "bytea"
	case "bool":
		sqlite, postgres = "INTEGER", "boolean"
		if column != "" {
			sqlite += " CHECK (" + column + " IN (0, 1))"
		}
	case "text":
		sqlite, postgres = "TEXT", "text"
		if column != "" {
			postgres += ` COLLATE "C"`
		}
	default:
		return "", false
	}
	return By{SQLite: sqlite, Postgres: postgres}.For(e), true
}

// columnBefore gives the word just before the end of a text, which names the
// column when a type word of a definition follows it, unless it is AS (CAST).
func columnBefore(before string, definition bool) string {
	if !definition {
		return ""
	}
	s := strings.TrimRight(before, " \t\r\n")
	i := len(s)
	for i > 0 && isWord(s[i-1]) {
		i--
	}
	word := s[i:]
	if strings.EqualFold(word, "AS") || len(s) == len(before) {
		return ""
	}
	return word
}

// skipQuoted gives the end of the string, quoted name or comment that starts
// at i, or i.
func skipQuoted(sql string, i int) int {
	if q := sql[i]; q == '\'' || q == '"' {
		for j := i + 1; j < len(sql); j++ {
			if sql[j] == q {
				return j + 1 // a doubled quote starts the next piece, which is quoted too
			}
		}
		return len(sql)
	}
	return i + skipComment(sql[i:], 0)
}

// skipComment gives the length of the comment that starts at i, or 0.
func skipComment(sql string, i int) int {
	rest := sql[i:]
	switch {
	case strings.HasPrefix(rest, "--"):
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			return end + 1
		}
		return len(rest)
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest, "*/"); end >= 0 {
			return end + 2
		}
		return len(rest)
	}
	return 0
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
