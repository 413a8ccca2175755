package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the module path of the project; internal/x is wasl/internal/x.
const Module = "wasl"

// Tree is everything the rules look at.
type Tree struct {
	// Files are the parsed Go files.
	Files []*File
	// Texts are all text files, Go ones included.
	Texts []Text
	// Folders are the folders that hold a file, relative to the root.
	Folders map[string]bool
	// Positions turns a node into a line.
	Positions *token.FileSet
	used      map[exception]bool
}

// File is one parsed Go file.
type File struct {
	// Path is relative to the root, with slashes.
	Path string
	// Source is its text.
	Source string
	// Syntax is the parsed file, with comments.
	Syntax *ast.File
	// Test says whether it is compiled for tests only.
	Test bool
}

// Text is one text file.
type Text struct {
	// Path is relative to the root, with slashes.
	Path string
	// Body is its content.
	Body string
}

// skippedFolders hold what is produced, fetched or kept by other tools.
func skippedFolders() []string {
	return []string{".git", "node_modules", "bin", "dist", "var", "vendor", ".cache", ".wasl"}
}

// textSuffixes are the endings of the files read as text.
func textSuffixes() []string {
	return []string{
		".go", ".md", ".sql", ".json", ".toml", ".yml", ".yaml", ".mjs", ".js", ".css", ".sh", ".txt", ".csv", ".svg",
		".mod", ".gitignore", ".gitattributes", ".editorconfig", ".npmrc", "Makefile", ".ci/run", "LICENSE",
	}
}

// Load reads and parses the tree below a folder.
func Load(root string) (*Tree, error) {
	tree := newTree()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skippedFolders(), entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return tree.read(root, filepath.ToSlash(relative))
	})
	return tree, err
}

func newTree() *Tree {
	return &Tree{Folders: map[string]bool{}, Positions: token.NewFileSet(), used: map[exception]bool{}}
}

// read adds one file when it is a text.
func (t *Tree) read(root, path string) error {
	if !slices.ContainsFunc(textSuffixes(), func(suffix string) bool { return strings.HasSuffix(path, suffix) }) {
		return nil
	}
	body, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		return err
	}
	return t.add(path, string(body))
}

// add parses a source under a path.
func (t *Tree) add(path, body string) error {
	t.Texts = append(t.Texts, Text{Path: path, Body: body})
	t.Folders[folderOf(path)] = true
	if !strings.HasSuffix(path, ".go") {
		return nil
	}
	syntax, err := parser.ParseFile(t.Positions, path, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, &File{Path: path, Source: body, Syntax: syntax, Test: strings.HasSuffix(path, "_test.go")})
	return nil
}

// folderOf is the folder of a path; "." for the root.
func folderOf(path string) string {
	if at := strings.LastIndexByte(path, '/'); at >= 0 {
		return path[:at]
	}
	return "."
}

// line is the line of a node.
func (t *Tree) line(node ast.Node) int { return t.Positions.Position(node.Pos()).Line }

// finding makes a finding at a node.
func (t *Tree) finding(rule string, f *File, node ast.Node, text string) Finding {
	return Finding{Rule: rule, Path: f.Path, Line: t.line(node), Text: text}
}

// imports gives the paths a file imports, by the name they have in it.
func (f *File) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range f.Syntax.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	return names
}

// literals gives the string literals of a file, with their value, except
// import paths and struct tags.
func (f *File) literals(visit func(node *ast.BasicLit, value string)) {
	tags := map[*ast.BasicLit]bool{}
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			tags[n.Tag] = true
		case *ast.BasicLit:
			if value, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && !tags[n] {
				visit(n, value)
			}
		}
		return true
	})
}
