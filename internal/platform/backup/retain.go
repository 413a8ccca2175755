package backup

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
)

var archiveName = regexp.MustCompile(`^wasl-([0-9]{8}T[0-9]{6}Z)-n[0-9]+$`)

// Archive is a complete archive of a folder.
type Archive struct {
	Name string
	At   time.Time
}

// Archives gives the archives of a folder, the oldest first. What is being
// made, or was interrupted, is not among them.
func Archives(out string) ([]Archive, error) {
	entries, err := os.ReadDir(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, storage(err)
	}
	var all []Archive
	for _, e := range entries {
		m := archiveName.FindStringSubmatch(e.Name())
		if m == nil || !e.IsDir() {
			continue
		}
		if at, err := time.Parse(nameTime, m[1]); err == nil {
			all = append(all, Archive{Name: e.Name(), At: at})
		}
	}
	slices.SortFunc(all, func(a, b Archive) int { return a.At.Compare(b.At) })
	return all, nil
}

// Latest gives the last archive of a folder; a NotFound fault "backup.none"
// when there is none.
func Latest(out string) (Archive, error) {
	all, err := Archives(out)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "backup.none")
	}
	if err != nil {
		return Archive{}, err
	}
	return all[len(all)-1], nil
}

// retain keeps the latest archive of each of the last days that have one, and
// removes the others. An archive being removed is hidden first, so that an
// interrupted removal never leaves one that looks complete.
func retain(out string, days int) (removed []string, err error) {
	if days <= 0 {
		return nil, nil
	}
	all, err := Archives(out)
	if err != nil {
		return nil, err
	}
	kept := map[day.Date]bool{}
	for _, a := range slices.Backward(all) {
		d := day.Of(a.At)
		if !kept[d] && len(kept) < days {
			kept[d] = true
			continue
		}
		hidden := filepath.Join(out, partPrefix+a.Name)
		if err := os.Rename(filepath.Join(out, a.Name), hidden); err != nil {
			return removed, storage(err)
		}
		removed = append(removed, a.Name)
		if err := os.RemoveAll(hidden); err != nil {
			return removed, storage(err)
		}
	}
	slices.Sort(removed)
	return removed, nil
}
