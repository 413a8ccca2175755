package shop

import (
	_ "embed"
	"io/fs"
	"testing/fstest"

	"wasl/internal/platform/text"
)

//go:embed fr.json
var words []byte

// Texts is the catalogue of the program, read from its folder, with the words of
// the office: the tests then depend on no word of another module.
func Texts(program fs.FS) (*text.Catalog, error) {
	all := fstest.MapFS{}
	err := fs.WalkDir(program, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(program, path)
		all[path] = &fstest.MapFile{Data: body}
		return err
	})
	if err != nil {
		return nil, err
	}
	all["fr/shop.json"] = &fstest.MapFile{Data: words}
	return text.Load(all)
}
