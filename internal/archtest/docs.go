package archtest

import (
	"go/ast"
	"go/token"
	"strings"
)

// documentation: every package and every exported name says what it is for,
// in sentences.
func documentation(t *Tree) []Finding {
	var found []Finding
	documented, first := map[string]bool{}, map[string]*File{}
	for _, f := range t.Files {
		if f.Test {
			continue
		}
		folder := folderOf(f.Path)
		if first[folder] == nil {
			first[folder] = f
		}
		if doc := f.Syntax.Doc; doc != nil && doc.Text() != "" {
			documented[folder] = true
			if !endsSentence(doc) {
				found = append(found, t.finding("docs", f, doc, "the comment of the package does not end with a full stop"))
			}
		}
		for _, declaration := range f.Syntax.Decls {
			found = append(found, t.declarationDocs(f, declaration)...)
		}
	}
	for folder, f := range first {
		if !documented[folder] {
			found = append(found, Finding{"docs", f.Path, 1, "package " + folder + " has no comment"})
		}
	}
	return found
}

// declarationDocs checks one declaration of the top level.
func (t *Tree) declarationDocs(f *File, declaration ast.Decl) []Finding {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) {
			return t.docOf(f, d, d.Name.Name, d.Doc)
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT {
			return nil
		}
		var found []Finding
		for _, spec := range d.Specs {
			found = append(found, t.specDocs(f, d, spec)...)
		}
		return found
	}
	return nil
}

// specDocs checks one name of a group; the comment of the group serves the
// names that have none of their own.
func (t *Tree) specDocs(f *File, group *ast.GenDecl, spec ast.Spec) []Finding {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			return t.docOf(f, s, s.Name.Name, s.Doc, group.Doc)
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				return t.docOf(f, s, name.Name, s.Doc, s.Comment, group.Doc)
			}
		}
	}
	return nil
}

// docOf checks the first comment that is there.
func (t *Tree) docOf(f *File, node ast.Node, name string, comments ...*ast.CommentGroup) []Finding {
	for _, comment := range comments {
		if comment == nil || comment.Text() == "" {
			continue
		}
		if !endsSentence(comment) {
			return []Finding{t.finding("docs", f, node, "the comment of "+name+" does not end with a full stop")}
		}
		return nil
	}
	return []Finding{t.finding("docs", f, node, name+" is exported and has no comment")}
}

// endsSentence says whether a comment ends with a full stop, or with an
// indented example.
func endsSentence(comment *ast.CommentGroup) bool {
	text := strings.TrimRight(comment.Text(), "\n ")
	last := text[strings.LastIndexByte(text, '\n')+1:]
	return strings.HasSuffix(text, ".") || strings.HasSuffix(text, ".)") || strings.HasPrefix(last, "\t") || strings.HasPrefix(last, " ")
}

// exportedReceiver says whether a function is one, or a method of an exported
// type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return true
		}
	}
}
