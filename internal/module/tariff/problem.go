package tariff

import (
	"cmp"
	"slices"
	"strconv"

	"wasl/internal/kernel/fault"
)

// Problem is one thing wrong in a file.
type Problem struct {
	File string `json:"file"`
	Position
	// Path is the place in the document: tariffs[0].versions[1].charges[2].price.
	Path string `json:"path,omitempty"`
	// Code is the key of the text, without the prefix "error.".
	Code string `json:"code"`
	// Args complete the text.
	Args fault.Args `json:"args,omitempty"`
}

// Place is file:line:column.
func (p Problem) Place() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Problems is everything wrong in some files, by file and place.
type Problems []Problem

// Err is nil without problems, else Invalid "tariff.file" with a field for each:
// its path is file:line:column.
func (list Problems) Err() error {
	if len(list) == 0 {
		return nil
	}
	e := fault.New(fault.Invalid, "tariff.file", "count", len(list))
	for _, p := range list {
		e.Fields = append(e.Fields, fault.Field{Path: p.Place(), Code: p.Code, Args: p.Args})
	}
	return e
}

// sorted puts the problems in order of file and place and keeps one a place: the
// first one told there is the cause of the others.
func (list Problems) sorted() Problems {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(list, func(a, b Problem) bool {
		return a.File == b.File && a.Position == b.Position && (a.Code == b.Code && a.Path == b.Path || a.Line > 0 && a.Path == b.Path)
	})
}
