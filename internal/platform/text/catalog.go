package text

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"wasl/internal/kernel/fault"
)

// Base is the language in which every text exists; the others fall back to it.
const Base = "fr"

// Bounds of a catalogue: it comes with the program, so passing them is a defect.
const (
	keyBytesMax  = 120
	textBytesMax = 4000
	missingMax   = 1000
)

//go:embed *.json */*.json
var files embed.FS

// Catalog is every text of every language. It does not change once loaded, but
// for the list of what was asked for in vain; it may be shared.
type Catalog struct {
	languages map[string]map[string]message

	mu      sync.Mutex
	missing map[string]struct{}
}

// New loads the texts that come with the program. A defect in them is Internal
// "text.catalogue", with the file and the key in the cause.
func New() (*Catalog, error) { return Load(files) }

// Load reads LANG.json and the files LANG/*.json of a folder, for each language
// LANG. A key stands in one file only.
func Load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{languages: map[string]map[string]message{}, missing: map[string]struct{}{}}
	for _, pattern := range []string{"*.json", "*/*.json"} {
		names, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, defect("%s: %w", pattern, err)
		}
		for _, name := range names {
			if err := c.load(fsys, name); err != nil {
				return nil, err
			}
		}
	}
	if len(c.languages[Base]) == 0 {
		return nil, defect("no texts in %s", Base)
	}
	return c, nil
}

func defect(format string, args ...any) error {
	return fault.Wrap(fmt.Errorf(format, args...), fault.Internal, "text.catalogue")
}

// languageOf gives the language of a file name.
func languageOf(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return strings.TrimSuffix(name, ".json")
}

func (c *Catalog) load(fsys fs.FS, name string) error {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return defect("%s: %w", name, err)
	}
	lang := languageOf(name)
	if c.languages[lang] == nil {
		c.languages[lang] = map[string]message{}
	}
	entries, err := readFlat(raw)
	if err != nil {
		return defect("%s: %w", name, err)
	}
	for _, e := range entries {
		if _, twice := c.languages[lang][e.key]; twice {
			return defect("%s: key %q stands twice", name, e.key)
		}
		m, err := compile(lang, e.text)
		if err != nil {
			return defect("%s: key %q: %w", name, e.key, err)
		}
		c.languages[lang][e.key] = m
	}
	return nil
}

type entry struct{ key, text string }

// readFlat reads one flat JSON object of texts in its order, so that a key
// written twice is seen.
func readFlat(raw []byte) ([]entry, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.Join(errors.New("not a JSON object"), err)
	}
	var entries []entry
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		e := entry{}
		var isText bool
		e.key, _ = key.(string)
		if e.text, isText = value.(string); !isText {
			return nil, fmt.Errorf("key %q: not a text", e.key)
		}
		if e.key == "" || len(e.key) > keyBytesMax || e.text == "" || len(e.text) > textBytesMax {
			return nil, fmt.Errorf("key %q: key or text empty or too long", e.key)
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something after the object")
	}
	return entries, nil
}

// Languages lists the languages that have texts, Base first.
func (c *Catalog) Languages() []string {
	list := []string{Base}
	for lang := range c.languages {
		if lang != Base {
			list = append(list, lang)
		}
	}
	slices.Sort(list[1:])
	return list
}

// Keys lists the keys of Base in alphabetical order: what the code may use.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.languages[Base]))
	for key := range c.languages[Base] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Has says whether Base has a text for the key.
func (c *Catalog) Has(key string) bool {
	_, ok := c.languages[Base][key]
	return ok
}

// Placeholders lists the names a text expects, in alphabetical order; none for
// an unknown key.
func (c *Catalog) Placeholders(key string) []string {
	var names []string
	for _, s := range c.languages[Base][key].segments {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Missing lists what was asked for in vain since the start, in alphabetical
// order: "key" for a text, "key {name}" for a value. Tests end by checking that
// it is empty. It is bounded.
func (c *Catalog) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]string, 0, len(c.missing))
	for what := range c.missing {
		list = append(list, what)
	}
	slices.Sort(list)
	return list
}

func (c *Catalog) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.missing) < missingMax {
		c.missing[what] = struct{}{}
	}
}

// find gives the text of a key in a language or, failing that, in Base.
func (c *Catalog) find(lang, key string) (message, bool) {
	if m, ok := c.languages[lang][key]; ok {
		return m, true
	}
	m, ok := c.languages[Base][key]
	return m, ok
}
