package tariff

import (
	"context"
	"hash/fnv"
	"io"
	"slices"
	"sync"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// booksKept is how many books stay in memory: the present one for readers, and that
// of a change under way, and those of runs that are being computed or issued.
const booksKept = 5

// Shelf keeps the compiled book of the active versions, one per process. A book is
// known by the stamp that each change of what is active takes anew, read in the
// caller's transaction: another process, a transaction's own change and one that was
// undone all find the book that belongs to what they see.
type Shelf struct {
	texts library

	mu   sync.Mutex
	kept []shelved
}

type shelved struct {
	stamp int64
	book  *Book
}

// Book gives the active versions, compiled. Before anything is active it is empty.
// Precondition "tariff.book_broken" says that what is stored does not go together:
// verify names it.
func (s *Shelf) Book(ctx context.Context, r db.Reader) (*Book, error) {
	stamp, err := bookStamp(ctx, r)
	if err != nil {
		return nil, err
	}
	if book := s.find(stamp); book != nil {
		return book, nil
	}
	all, err := activeVersions(ctx, r)
	if err != nil {
		return nil, err
	}
	book, problems, err := assemble(&s.texts, all)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, fault.Wrap(problems.Err(), fault.Precondition, "tariff.book_broken", "count", len(problems))
	}
	// On PostgreSQL a writer sees what others commit between two statements.
	var again int64
	if _, err := db.ScanOne(ctx, r, stampSQL, nil, &again); err != nil {
		return nil, err
	}
	if again == stamp {
		s.keep(stamp, book)
	} else {
		db.Remember(r, stampKey{}, nil)
	}
	return book, nil
}

// BookOf gives some versions, compiled, whatever their state is now: what was computed with
// them is computed with them again.
func (s *Shelf) BookOf(ctx context.Context, r db.Reader, versions []op.ID) (*Book, error) {
	h := fnv.New64a()
	for _, id := range versions {
		_, _ = io.WriteString(h, id.String()+" ") // a hash never fails
	}
	stamp := -int64(h.Sum64()>>1) - 1 // below those of the active ones
	if book := s.find(stamp); book != nil {
		return book, nil
	}
	all, err := versionsByID(ctx, r, versions)
	if err != nil {
		return nil, err
	}
	book, problems, err := assemble(&s.texts, all)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, fault.Wrap(problems.Err(), fault.Precondition, "tariff.book_broken", "count", len(problems))
	}
	s.keep(stamp, book)
	return book, nil
}

func (s *Shelf) find(stamp int64) *Book {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kept {
		if k.stamp == stamp {
			return k.book
		}
	}
	return nil
}

func (s *Shelf) keep(stamp int64, book *Book) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = slices.DeleteFunc(s.kept, func(k shelved) bool { return k.stamp == stamp })
	s.kept = slices.Insert(s.kept, 0, shelved{stamp, book})
	s.kept = s.kept[:min(len(s.kept), booksKept)]
}
