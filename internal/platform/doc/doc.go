// Package doc writes documents for paper: PDF files with an embedded font that
// covers French and, shaped, Arabic names; QR codes and Code 128 bars, for a PDF and,
// as one SVG path, for a page. It knows no business: a module lays out its documents
// with it.
package doc

// Codes of the errors of this package; each is a key under "error." of the French
// texts.
const (
	// CodeSymbol (invalid): a content cannot be drawn as a QR code or as bars.
	CodeSymbol = "doc.symbol"
	// CodeWrite (internal): a document could not be written.
	CodeWrite = "doc.write"
)
