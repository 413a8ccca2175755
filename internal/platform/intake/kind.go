package intake

import (
	"context"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
)

// CellType is how a cell is read. What does not read so is a fault of the row, and
// the session never sees it.
type CellType string

// The types of cells. Accessors of Row in brackets.
const (
	// Text (Text) is any text in one line, at most Column.Max characters.
	Text CellType = "text"
	// Lines (Text) is a text that may hold line ends.
	Lines CellType = "lines"
	// Code (Text) is a text made upper-case; Column.Shape may narrow it.
	Code CellType = "code"
	// Whole (Int) is an integer; spaces between groups of three digits are allowed.
	Whole CellType = "whole"
	// Quantity (Quantity) has at most three decimals, after a comma or a point.
	Quantity CellType = "quantity"
	// Amount (Amount) is in dirhams, at most two decimals.
	Amount CellType = "amount"
	// Date (Date) is 31/12/2026, 31-12-2026, 31.12.2026 or 2026-12-31.
	Date CellType = "date"
	// Month (Month) is 2026-12 or 12/2026.
	Month CellType = "month"
	// Choice (Text) is one of Column.Values, also as written in Column.Words.
	Choice CellType = "choice"
	// Flag (Yes) is oui, non, true, false, 1, 0, vrai, faux.
	Flag CellType = "flag"
)

// Column is one column of a kind of file. Its texts are import.column.KIND.NAME
// (the label) and import.column.KIND.NAME.help (what it holds, with an example).
type Column struct {
	// Name is the name in the header, lower case with underscores.
	Name string
	// Synonyms are other names, as people write them. Case, accents, spaces, dashes
	// and underscores do not count, in these nor in the name.
	Synonyms []string
	// Required cells may not be empty, and the column must be in the file.
	Required bool
	// Expected columns must be in the file; their cells may be empty.
	Expected bool
	// Type is how the cell is read; Text when empty.
	Type CellType
	// Max is the longest text, in characters; op.TextMax when 0.
	Max int
	// Shape narrows a text; ShapeCode is the code of its error, such as
	// "input.pattern.ice".
	Shape     *regexp.Regexp
	ShapeCode string
	// Values are the words of a Choice, and Words other ways to write them, by their
	// folded form (db.Fold): {"direction régionale": "region"} is found folded.
	Values []string
	Words  map[string]string
	// Enum names the texts of the values, enum.ENUM.VALUE: a cell may hold such a text,
	// and a refusal lists them.
	Enum string

	// told are the values as people write them.
	told []string
}

// Kind is one kind of file a module takes in: what its columns are and what becomes
// of its rows. In is the input of the import: a struct that embeds Input and adds
// the parameters of the kind (a unit, a period …) with their tags, as for any
// operation. Register makes the operations of it.
type Kind[In Request] struct {
	// Name names the kind in tables and text keys: import.kind.NAME (the title) and
	// import.kind.NAME.help. Lower case with underscores.
	Name string
	// Operation is the name of the import, such as "customer.record.import": a job,
	// and the right to import. Register adds OPERATION_check, which looks at a file
	// and changes nothing; it has the same input and a right of its own.
	Operation string
	// Path is the REST path of the import; the check is at Path/check.
	Path   string
	Duties []string
	// Place is lit in the navigation while such a file is imported; Administration when
	// empty.
	Place screen.Place
	// Columns in the order of the model file; Row accessors take the index.
	Columns []Column
	// Strict refuses a file with a column that means nothing; otherwise such columns
	// are shown as not used and carried into the list of refused rows.
	Strict bool
	// Ignored are the names of columns that a Strict kind passes over: what an export
	// adds.
	Ignored []string
	// RowsMax refuses longer files; 0 leaves only the bounds in bytes.
	RowsMax int64
	// CheckRows is how many rows a check looks at; CheckRowsDefault when 0.
	CheckRows int
	// ChunkRows is the most rows taken in one transaction, where a row writes so much
	// that ChunkRows of the package would hold the writer too long; 0 is that.
	ChunkRows int
	// Example is a short file that can be copied and imported, shown on the page.
	Example string
	// Targets are the units the import touches; required, as for a job. The first is
	// where the batch is filed.
	Targets func(ctx context.Context, x *op.Exec, in In) ([]op.Target, error)
	// Open makes the session of one step of the import. It is called in the step's
	// transaction, for every chunk anew, for a check, for the finish and for removal:
	// it loads what all rows need (a tariff list, the tree) and keeps nothing else. It
	// may refuse with a fault.Error, which stops the import.
	Open func(ctx context.Context, x *op.Exec, b Batch, in In) (Session, error)
	// Held counts, for each of the batches given, the rows the module holds with its
	// id; batches with none may be left out. verify uses it.
	Held func(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error)
}

// Session decides the rows of one step. A step is one transaction: what a session
// writes is kept or lost with it.
type Session interface {
	// Take decides some rows, in the order of the file, at most ChunkRows at once. The
	// cells of all rows given are well formed; rows that are not were rejected before
	// and are left out. For each row it says one of: Create (and writes the row with
	// Batch.ID in its batch column), Change (and writes nothing: Finish does), Same,
	// or Reject. It may add Flag to rows it accepts.
	//
	// Keys are looked up for all rows at once (db: {texts $1}), never row by row.
	// What earlier rows of the same batch wrote must be seen: read with VisibleTo.
	//
	// It may be called again with the same rows after a fault, in another transaction.
	Take(ctx context.Context, x *op.Exec, rows []*Row) error
	// Finish runs in the transaction that makes the batch visible, after every row was
	// taken and only when the batch is applied. kept are the changes the rows asked
	// for, in the order of the file, at most ChangesMax: they are applied here, held
	// against the records as they now are. An error stops the import before
	// anything is visible.
	Finish(ctx context.Context, x *op.Exec, kept iter.Seq2[Kept, error]) error
	// Discard removes at most limit rows written by Take for this batch and says
	// whether some are left.
	Discard(ctx context.Context, x *op.Exec, limit int64) (left bool, err error)
}

// Request is the input of an import: a struct that embeds Input.
type Request interface {
	// Common gives the fields that every import has.
	Common() Input
	// UniqueKey separates imports that may run beside each other. Those of the same
	// operation and key run one at a time: their rows are invisible to each other. The
	// method of Input gives one key to all; a kind whose rows never meet across
	// units may give the unit.
	UniqueKey() string
}

// kindInfo is a kind without its input type: what pages, lists and checks need.
type kindInfo struct {
	name, operation, path, example string
	columns                        []Column
	strict                         bool
	place                          screen.Place
	ignored                        []string // folded
	rowsMax                        int64
	checkRows                      int
	chunkRows                      int
	input                          reflect.Type
	held                           func(ctx context.Context, r db.Reader, batches []int64) (map[int64]int64, error)
}

// checkOperation is the name of the operation that looks at a file.
func (k *kindInfo) checkOperation() string { return k.operation + "_check" }

var kindShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// fault says what is wrong with a declaration; empty when nothing is.
func (k *kindInfo) fault() string {
	seen := map[string]string{}
	switch {
	case !kindShape.MatchString(k.name):
		return "bad name"
	case len(k.columns) == 0 || len(k.columns) > ColumnsMax:
		return "no columns"
	case k.held == nil:
		return "nothing counts its rows"
	}
	for _, c := range k.columns {
		if !kindShape.MatchString(c.Name) {
			return "column " + c.Name + ": bad name"
		}
		for _, name := range append([]string{c.Name}, c.Synonyms...) {
			folded := foldHeader(name)
			if other, twice := seen[folded]; twice && other != c.Name {
				return "column " + c.Name + ": " + name + " also means " + other
			}
			seen[folded] = c.Name
		}
		if c.Type == Choice && len(c.Values) == 0 {
			return "column " + c.Name + ": no values"
		}
	}
	return ""
}

// foldHeader is the form in which headers are compared: letters and digits.
func foldHeader(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '_', '-', '.', '\'', '/', '(', ')', '°', ':', '*', '#':
			return -1
		}
		return r
	}, db.Fold(s))
}

// columnAt is the index of a column by name; -1 for none.
func (k *kindInfo) columnAt(name string) int {
	return slices.IndexFunc(k.columns, func(c Column) bool { return c.Name == name })
}
