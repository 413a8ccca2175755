package archtest

// exception excuses one subject at one place, for a reason.
type exception struct {
	// place is a file, or a folder when it ends with a slash.
	place string
	// subject is what is excused there: a call, a variable, a function.
	subject string
	// reason says why the rule would do harm there.
	reason string
}

// ladder is the order of the house, lowest first. A package imports its own
// step and those below.
func ladder() [][]string {
	return [][]string{
		{"internal/kernel", "packs"},
		{"internal/platform"},
		{"internal/module"},
		{"internal/delivery"},
		{"internal/app"},
		{"cmd"},
	}
}

// moduleTable says which module may import which other one, with the reason.
// What is needed in the other direction goes through a small interface passed
// by app, or an event of the outbox.
func moduleTable() map[string]map[string]string {
	return map[string]map[string]string{
		"org": {},
		"account": {
			"org": "an account is managed by a unit and owed to a legal entity",
		},
		"ledger": {
			"org": "a fact is stamped with the entity and the operator that hold a service of a unit, and follows the regime of the entity",
		},
		"customer": {
			"org":     "customers, service points and contracts belong to units, and are supplied with the services of the organisation",
			"account": "each supply contract has one receivable account, opened and closed with it",
		},
		"metering": {
			"org":      "meters, walks and readings belong to units, and count the services of the organisation",
			"account":  "what is consumed is kept by receivable account",
			"customer": "a meter stands at a service point, and its readings belong to the contract in force there",
		},
		"tariff": {
			"org": "an approved version is recorded with the unit of who imported and who approved it",
		},
		"billing": {
			"ledger": "a run posts its totals and opens an item for each bill",
			"tariff": "a bill is priced by the book of active versions, and keeps its lines as the tariff's document",
		},
		"collection": {
			"account": "money whose customer is not known is held on an account of the unit, made when it is needed",
			"ledger":  "a receipt opens an item of the ledger and pays bills with it",
		},
		"board": {
			"ledger": "arrears are an ageing, live or as a month was closed",
			"org":    "a region is compared by its agences, an agence walked through by its routes",
		},
		"access": {
			"org": "a grant is given on a unit, and its scope is the tree below it",
		},
	}
}

// library keeps a dependency behind the packages that wrap it.
type library struct {
	path  string
	homes []string
}

// libraries lists the dependencies that have a home.
func libraries() []library {
	return []library{
		{"github.com/jackc/pgx", []string{"internal/platform/db", "internal/testkit"}},
		{"zombiezen.com/go/sqlite", []string{"internal/platform/db", "internal/testkit"}},
		{"modernc.org", []string{"internal/platform/db", "internal/testkit"}},
		{"github.com/pressly/goose", []string{"internal/platform/db"}},
		{"database/sql", []string{"internal/platform/db"}},
		{"golang.org/x/crypto", []string{"internal/platform/auth", "internal/platform/backup"}},
		{"github.com/spf13", []string{"internal/delivery/cli"}},
		{"github.com/knadh/koanf", []string{"internal/platform/config"}},
		{"github.com/danielgtaylor/huma", []string{"internal/delivery/api"}},
		{"github.com/boombuler/barcode", []string{"internal/platform/doc"}},
		{"github.com/xuri/excelize", []string{"internal/delivery/render"}},
		{"codeberg.org/go-pdf/fpdf", []string{"internal/platform/doc"}},
		{"go.yaml.in/yaml", []string{"internal/module/tariff", "internal/testkit"}},
		{"github.com/prometheus", []string{"internal/platform", "internal/delivery", "internal/app"}},
		{"maragu.dev/gomponents", []string{
			"internal/platform/ui", "internal/platform/screen", "internal/platform/intake", "internal/module", "internal/delivery/web",
			"internal/delivery/api",
		}},
	}
}

// forbiddenNames are the names no package takes by itself, with what to do.
func forbiddenNames() map[string]string {
	const clock = "the time is passed in, or fixed by the transaction"
	const output = "output goes to the writer that was passed in"
	const end = "return an error; only main ends the process"
	return map[string]string{
		"time.Now": clock, "time.Since": clock, "time.Until": clock,
		"context.Background": "take the context of the caller", "context." + unfinished: "take the context of the caller",
		"panic": "return an error", "os.Exit": end, "log.Fatal": end, "log.Fatalf": end, "log.Fatalln": end,
		"log.Panic": end, "log.Panicf": end, "log.Panicln": end,
		"log.Print": output, "log.Printf": output, "log.Println": output,
		"fmt.Print": output, "fmt.Printf": output, "fmt.Println": output, "print": output, "println": output,
	}
}

// callExceptions are the places where the outside world is met.
func callExceptions() []exception {
	return []exception{
		{"cmd/wasl/main.go", "time.Now", "the one clock of the process, passed down from here"},
		{"cmd/wasl/main.go", "os.Exit", "the exit code of the process"},
		{"cmd/wasl/main.go", "context.Background", "the root of every context"},
	}
}

// stateExceptions are the package variables that are allowed to stay.
func stateExceptions() []exception { return nil }

// shapeExceptions are the files and functions that are allowed to be long.
func shapeExceptions() []exception { return nil }

// textExceptions are the files whose literals hold letters outside ASCII that
// are not texts for people.
func textExceptions() []exception { return nil }

// parallelExceptions are the tests that cannot run beside others.
func parallelExceptions() []exception {
	return []exception{
		{"internal/platform/intake/read_test.go", "TestBombs", "it measures the memory of the whole process"},
	}
}

// unfinished is the mark of unfinished work; it is split so that this file does
// not hold it.
const unfinished = "TO" + "DO"

// forbiddenWordList are regular expressions, split for the same reason.
func forbiddenWordList() []string {
	return []string{
		`\b` + unfinished + `\b`, `\bFIX` + `ME\b`, `\bX` + `XX\b`, `\bHA` + `CK\b`,
		`proxy\.golang` + `\.org`, `sum\.golang` + `\.org`, `registry\.npm` + `js\.org`, `registry\.npm` + `mirror\.com`, `goproxy` + `\.`,
		`(^|[^\w.])/wo` + `rk/`, `/tm` + `p/notes`, `/home` + `/\w+/`,
	}
}
