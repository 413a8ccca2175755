package tariff

import (
	"errors"
	"io/fs"
	"path"

	"wasl/internal/kernel/fault"
)

// Load reads files with what they include, parses and compiles them. Read gives the
// bytes of a name; an included one is asked for beside the file that names it. A file
// that was asked for and cannot be read is Invalid "tariff.file_read"; what is wrong
// in the files are problems.
func Load(read func(name string) ([]byte, error), names ...string) (*Book, Problems, error) {
	l := loader{read: read, seen: map[string]bool{}}
	for _, name := range names {
		if err := l.load(path.Clean(name), false); err != nil {
			return nil, nil, err
		}
	}
	book, problems := Compile(l.files...)
	problems = append(l.problems, problems...).sorted()
	if len(problems) > 0 {
		book = nil
	}
	return book, problems, nil
}

// loader gathers files, each once.
type loader struct {
	read     func(name string) ([]byte, error)
	seen     map[string]bool
	files    []*File
	problems Problems
}

// load reads one file and what it includes. An included file that is not there is left
// to Compile, which knows the place.
func (l *loader) load(name string, included bool) error {
	if l.seen[name] || len(l.files) > FilesMax {
		return nil
	}
	l.seen[name] = true
	source, err := l.read(name)
	if included && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "tariff.file_read", "name", name)
	}
	f, problems := Parse(name, source)
	l.files, l.problems = append(l.files, f), append(l.problems, problems...)
	for _, i := range f.Include {
		if i.Name == "" {
			continue
		}
		if err := l.load(path.Join(path.Dir(name), i.Name), true); err != nil {
			return err
		}
	}
	return nil
}
