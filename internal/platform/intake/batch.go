package intake

import (
	"encoding/json"
	"strings"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// Mode says what becomes of a file of which some rows are wrong.
type Mode string

// The modes.
const (
	// AllOrNothing applies nothing when one row is wrong. It is the default.
	AllOrNothing Mode = "all"
	// ValidRows applies the right rows and keeps the others with their reasons.
	ValidRows Mode = "valid"
)

// EnumName is the prefix of the texts.
func (Mode) EnumName() string { return "import_mode" }

// EnumValues are the modes.
func (Mode) EnumValues() []string { return []string{string(AllOrNothing), string(ValidRows)} }

// State says where a batch stands.
type State string

// The states; all but Staged are final.
const (
	// Checked was only looked at.
	Checked State = "checked"
	// Staged is being taken in, or undone: none of its rows is visible.
	Staged State = "staged"
	// Applied is visible.
	Applied State = "applied"
	// NothingNew said nothing that was not known; it has no row.
	NothingNew State = "unchanged"
	// Refused has wrong rows, or was cut, and changed nothing.
	Refused State = "refused"
	// Cancelled was given up before anything was visible.
	Cancelled State = "cancelled"
)

// EnumName is the prefix of the texts.
func (State) EnumName() string { return "import_state" }

// EnumValues are the states.
func (State) EnumValues() []string {
	return []string{string(Checked), string(Staged), string(Applied), string(NothingNew), string(Refused), string(Cancelled)}
}

// Charset is the encoding of a file.
type Charset string

// The encodings.
const (
	UTF8        Charset = "utf-8"
	UTF16LE     Charset = "utf-16le"
	UTF16BE     Charset = "utf-16be"
	Windows1252 Charset = "windows-1252"
	// Workbook is that of XLSX, where there is nothing to choose.
	Workbook Charset = "xlsx"
)

// EnumName is the prefix of the texts.
func (Charset) EnumName() string { return "import_charset" }

// EnumValues are the encodings.
func (Charset) EnumValues() []string {
	return []string{string(UTF8), string(UTF16LE), string(UTF16BE), string(Windows1252), string(Workbook)}
}

// Separator stands between the cells of a line.
type Separator string

// The separators.
const (
	Semicolon Separator = "semicolon"
	Comma     Separator = "comma"
	Tab       Separator = "tab"
	Pipe      Separator = "pipe"
	// Cells is that of XLSX, which has none.
	Cells Separator = "cells"
)

// EnumName is the prefix of the texts.
func (Separator) EnumName() string { return "import_separator" }

// EnumValues are the separators.
func (Separator) EnumValues() []string {
	return []string{string(Semicolon), string(Comma), string(Tab), string(Pipe), string(Cells)}
}

// char is the separator itself; 0 when it has none.
func (s Separator) char() byte {
	switch s {
	case Semicolon:
		return ';'
	case Comma:
		return ','
	case Tab:
		return '\t'
	case Pipe:
		return '|'
	}
	return 0
}

// separatorOf is the separator that a character is.
func separatorOf(char byte) Separator {
	for _, s := range []Separator{Semicolon, Comma, Tab, Pipe} {
		if s.char() == char {
			return s
		}
	}
	return Cells
}

// Input are the fields of every import; a kind embeds it in its own input.
type Input struct {
	// File is a CSV or an XLSX, also compressed with gzip. It is required unless Batch
	// is given.
	File op.Upload `json:"file" in:"stored"`
	// Batch is a file that was checked before: it is taken as it was handed in.
	Batch op.ID `json:"batch" in:"ref=intake.batch.list"`
	// Mode is AllOrNothing when empty.
	Mode Mode `json:"mode"`
	// Map says which column of the file is which: one "column=header" each, or the
	// name of a saved map. "column=" leaves a column out. What is not said is
	// found by name.
	Map []string `json:"map" in:"max=300"`
	// SaveMap keeps the map used under a name, for the files to come.
	SaveMap string `json:"save_map" in:"max=60"`
	// Charset and Separator replace what is detected.
	Charset   Charset   `json:"charset"`
	Separator Separator `json:"separator"`
	// Rows is how many rows the file must have, the header not counted: what its
	// sender says. 0 does not check.
	Rows int64 `json:"rows" in:"min=0"`
	// Unterminated accepts a file whose last line has no line end, which is also what
	// a file that was cut looks like.
	Unterminated bool `json:"unterminated"`
	// Note is kept with the batch, for people.
	Note string `json:"note" in:"max=500"`
}

// Common implements Request.
func (in Input) Common() Input { return in }

// UniqueKey implements Request: one import of an operation at a time.
func (in Input) UniqueKey() string { return "import" }

// Validate says what is wrong across the fields. A kind with rules of its own adds
// them to these.
func (in Input) Validate() []fault.Field {
	var faults []fault.Field
	switch {
	case in.File.Size == 0 && in.Batch == 0:
		faults = append(faults, fault.Field{Path: "file", Code: "input.required"})
	case in.File.Size > 0 && in.Batch != 0:
		faults = append(faults, fault.Field{Path: "batch", Code: "import.file_and_batch"})
	}
	if strings.Contains(in.SaveMap, "=") {
		faults = append(faults, fault.Field{Path: "save_map", Code: "import.map_name"})
	}
	return faults
}

// mode is what the user chose, or all or nothing.
func (in Input) mode() Mode {
	if in.Mode == ValidRows {
		return ValidRows
	}
	return AllOrNothing
}

// Batch is what a session knows of the file it takes in.
type Batch struct {
	// ID is what the module writes in the batch column of its rows.
	ID   int64
	Kind string
	Mode Mode
	// Check says that everything is undone at the end: the file is only looked at.
	Check bool
	// Unit is where the batch is filed: the first unit the import touches.
	Unit int64
	// Note is what the user wrote.
	Note string
	// FileName and SHA256 name the content.
	FileName, SHA256 string
}

// Counts are the totals of a batch. Rows is always Accepted plus Rejected, and
// Accepted is Created plus Changed plus Unchanged.
type Counts struct {
	Rows      int64 `json:"rows"`
	Created   int64 `json:"created"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Accepted  int64 `json:"accepted"`
	Rejected  int64 `json:"rejected"`
	// Flagged counts accepted rows by the reason they were flagged for; a row with two
	// reasons counts in both.
	Flagged map[string]int64 `json:"flagged"`
}

// Report says what became of a file: the summary of the job, the answer of a check.
type Report struct {
	Batch op.ID `json:"batch"`
	State State `json:"state"`
	Counts
	// Same is the batch that brought the same content before; none when the content
	// is new.
	Same op.ID `json:"same,omitzero"`
	// Reason is the code of why a whole file was refused, or cannot be imported as it
	// is.
	Reason string `json:"reason,omitempty"`
	// Missing says which columns a check did not find.
	Missing []fault.Field `json:"missing,omitempty"`
}

// Form is what was detected of a file.
type Form struct {
	Charset   Charset   `json:"charset"`
	Separator Separator `json:"separator"`
	// Gzip says that the content was compressed.
	Gzip bool `json:"gzip,omitempty"`
	// Mark says that the text began with a byte order mark.
	Mark bool `json:"mark,omitempty"`
	// Sheet is the name of the sheet read, of an XLSX.
	Sheet string `json:"sheet,omitempty"`
	// Header are the names of the columns as they stand in the file.
	Header []string `json:"header"`
	// HeaderLine is the line of the header.
	HeaderLine int64 `json:"header_line"`
	// Lines is the number of lines counted before reading: an upper bound of the
	// records below the header, for the progress.
	Lines int64 `json:"lines"`
}

// BatchRow is a batch as lists and pages show it.
type BatchRow struct {
	ID        op.ID  `json:"id"`
	Kind      string `json:"kind"`
	Operation string `json:"operation"`
	FileName  string `json:"file_name"`
	State     State  `json:"state"`
	Mode      Mode   `json:"mode"`
	Unit      op.ID  `json:"unit" out:"ref=unit"`
	Actor     op.ID  `json:"actor" out:"ref=user"`
	Job       op.ID  `json:"job"`
	Rows      int64  `json:"rows"`
	Created   int64  `json:"created"`
	Changed   int64  `json:"changed"`
	Unchanged int64  `json:"unchanged"`
	Rejected  int64  `json:"rejected"`
	// Flagged is the number of flags, over all reasons.
	Flagged    int64     `json:"flagged"`
	RecordedAt time.Time `json:"recorded_at"`
	AppliedAt  time.Time `json:"applied_at,omitzero"`
}

// PageKey is the row's place in its lists.
func (b BatchRow) PageKey(string) []string { return []string{b.ID.String()} }

// BatchCard is one batch with everything that was detected and counted.
type BatchCard struct {
	BatchRow
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Form   Form   `json:"form"`
	// Map gives the header used for each column of the kind.
	Map map[string]string `json:"map"`
	// Parameters are those of the kind, an object.
	Parameters json.RawMessage  `json:"parameters"`
	Flags      map[string]int64 `json:"flags"`
	Same       op.ID            `json:"same"`
	Reason     string           `json:"reason"`
	Note       string           `json:"note"`
	// Preview are the first rows of a check, with what is wrong in each cell.
	Preview []PreviewRow `json:"preview,omitempty"`
}

// PreviewRow is a row of the file as it was understood.
type PreviewRow struct {
	Line  int64    `json:"line"`
	Cells []string `json:"cells"`
	// Raw are the cells as they stand in the file, when its columns are not all found.
	Raw    []string      `json:"raw,omitempty"`
	Fate   string        `json:"fate"`
	Faults []fault.Field `json:"faults,omitempty"`
	Flags  []string      `json:"flags,omitempty"`
}
