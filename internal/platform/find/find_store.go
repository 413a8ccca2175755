package find

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"wasl/internal/platform/db"
)

const (
	// FewMax is the number of records from which a word is too common to collect
	// them: the list is then read in its order, and each row compared.
	FewMax = 20_000
	// rareMax is the number of records with a word that settles a search alone.
	rareMax = 500
	// pairsMax is how many words one statement compares.
	pairsMax = 4096
	// lastRune ends the range of words that begin with others: no word holds it.
	lastRune = "\U0010ffff"
)

// Row is a word of a record, for Bulk.
type Row struct {
	Kind string
	Ref  int64
	Term string
}

// Bulk adds words of new records.
func Bulk(ctx context.Context, tx db.Tx, rows iter.Seq[Row]) error {
	_, err := tx.Bulk(ctx, "find_term", []string{"term", "kind", "ref"}, func(yield func([]any, error) bool) {
		for row := range rows {
			if !yield([]any{row.Term, row.Kind, row.Ref}, nil) {
				return
			}
		}
	})
	return err
}

// Index replaces the words of one record. Before are those it had, as the same
// functions gave them; nothing for a new record.
func Index(ctx context.Context, tx db.Tx, kind string, ref int64, before, after []string) error {
	for _, term := range before {
		if slices.Contains(after, term) {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM find_term WHERE term = $1 AND kind = $2 AND ref = $3`, term, kind, ref); err != nil {
			return err
		}
	}
	for _, term := range after {
		if slices.Contains(before, term) {
			continue
		}
		if _, err := tx.Exec(ctx, `INSERT INTO find_term (term, kind, ref) VALUES ($1, $2, $3)`, term, kind, ref); err != nil {
			return err
		}
	}
	return nil
}

// Remove drops words of records that go, as those of a batch that is discarded.
// Words that are not there are passed over.
func Remove(ctx context.Context, tx db.Tx, kind string, rows []Row) error {
	for part := range slices.Chunk(rows, pairsMax) {
		_, err := tx.Exec(ctx, `DELETE FROM find_term WHERE kind = $1 AND (term, ref) IN
			(SELECT substr(value, 17), CAST(substr(value, 1, 16) AS {int}) FROM {texts $2} k)`, kind, pairs(part))
		if err != nil {
			return err
		}
	}
	return nil
}

// pairs writes each word behind the id of its record, in sixteen digits: a list of one
// column, which every engine reads.
func pairs(rows []Row) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = fmt.Sprintf("%016d%s", row.Ref, row.Term)
	}
	return out
}

// Match is what a text means for one kind of record.
type Match struct {
	// Any says that nothing was typed, or blanks: every record matches.
	Any bool
	// Few says that Refs are all records that can match. Otherwise the words are so
	// common that the list is better read in its order, and each row compared.
	Few  bool
	Refs []int64

	read [][]string
}

// Look finds the records of a kind that a text may mean: none for one of signs alone,
// such as a per cent sign, which no word of a record holds.
func Look(ctx context.Context, r db.Reader, kind, text string) (Match, error) {
	if strings.TrimSpace(text) == "" {
		return Match{Any: true}, nil
	}
	m := Match{read: alternatives(text), Few: true}
	var possible [][]string
	for _, words := range m.read {
		refs, few, err := common(ctx, r, kind, words)
		if err != nil {
			return m, err
		}
		if few && len(refs) == 0 {
			continue
		}
		m.Few, possible = m.Few && few, append(possible, words)
		m.Refs = append(m.Refs, refs...)
	}
	m.read = possible
	slices.Sort(m.Refs)
	m.Refs = slices.Compact(m.Refs)
	return m, nil
}

// common gives the records that have all words, or those of one rare word; false when
// every word is too common. A word that few records have settles it alone: the longest are
// looked at first, and a word that begins a name tells little beside others.
func common(ctx context.Context, r db.Reader, kind string, words []string) (refs []int64, few bool, err error) {
	words = telling(words)
	for _, word := range words {
		if refs, err = begins(ctx, r, kind, word, rareMax); err != nil || len(refs) <= rareMax {
			return refs, err == nil, err
		}
	}
	refs = nil
	for _, word := range words {
		many, err := frequent(ctx, r, kind, word)
		if err != nil {
			return nil, false, err
		}
		if many {
			continue
		}
		some, err := begins(ctx, r, kind, word, FewMax)
		if err != nil {
			return nil, false, err
		}
		slices.Sort(some)
		if some = slices.Compact(some); few {
			some = both(refs, some)
		}
		refs, few = some, true
	}
	if few || len(words) < 2 {
		return refs, few, nil
	}
	return together(ctx, r, kind, words)
}

// telling are the words that narrow most: not those that begin a name, unless there are no
// others, the longest first.
func telling(words []string) []string {
	out := slices.DeleteFunc(slices.Clone(words), particle)
	if len(out) == 0 {
		out = slices.Clone(words)
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

// together gives the records that have all of some common words: the engine intersects
// them. Two names that many bear may well be borne by nobody together.
func together(ctx context.Context, r db.Reader, kind string, words []string) ([]int64, bool, error) {
	var w db.Where
	parts := make([]string, len(words))
	for i, word := range words {
		parts[i] = `SELECT ref FROM find_term WHERE term >= ` + w.Arg(word) + ` AND term < ` + w.Arg(word+lastRune) + ` AND kind = ` + w.Arg(kind)
	}
	most := w.Arg(FewMax + 1)
	refs, err := db.All(ctx, r, func(rows db.Rows) (ref int64, err error) {
		err = rows.Scan(&ref)
		return ref, err
	}, `SELECT ref FROM (`+strings.Join(parts, ` INTERSECT `)+`) q LIMIT `+most, w.Args()...)
	return refs, len(refs) <= FewMax, err
}

// both are the values that two sorted lists share.
func both(a, b []int64) []int64 {
	out := make([]int64, 0, min(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	return out
}

// Matches says whether the text of a record has all the words, in one of the readings:
// what Compare asks of a row.
func (m Match) Matches(folded string) bool {
	return m.Any || slices.ContainsFunc(m.read, func(words []string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(" "+folded, " "+word) })
	})
}

// frequent says that more than FewMax records have a word with a beginning: they are
// counted by the engine, and not read.
func frequent(ctx context.Context, r db.Reader, kind, word string) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM (SELECT 1 FROM find_term WHERE term >= $1 AND term < $2 AND kind = $3 LIMIT 1 OFFSET $4) q`,
		word, word+lastRune, kind, FewMax)
	return n > 0, err
}

// begins gives up to one more than the most records that have a word with a beginning.
func begins(ctx context.Context, r db.Reader, kind, word string, most int) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (ref int64, err error) {
		err = rows.Scan(&ref)
		return ref, err
	}, `SELECT ref FROM find_term WHERE term >= $1 AND term < $2 AND kind = $3 LIMIT $4`, word, word+lastRune, kind, most+1)
}

// Narrow adds to a condition that a record matches: id is its column, folded that of
// the text made by Join, both with their table.
func (m Match) Narrow(w *db.Where, id, folded string) {
	if m.Any {
		return
	}
	if m.Few {
		w.And(id+" IN {ints ?}", m.Refs)
	}
	m.Compare(w, folded)
}

// Collect adds that the record is one of those that have the first word of a reading,
// however many: for an order in which the matches of common words stand together, such
// as that of names.
func (m Match) Collect(w *db.Where, kind, id string) {
	if m.Any || m.Few {
		return
	}
	groups := make([]func(*db.Where), 0, len(m.read))
	for _, words := range m.read {
		groups = append(groups, func(w *db.Where) {
			w.And(id+` IN (SELECT ref FROM find_term WHERE term >= ? AND term < ? AND kind = ?)`, words[0], words[0]+lastRune, kind)
		})
	}
	w.Or(groups...)
}

// Compare adds that the text of a row has all the words, in one of the readings.
func (m Match) Compare(w *db.Where, folded string) {
	if m.Any {
		return
	}
	groups := make([]func(*db.Where), 0, len(m.read))
	for _, words := range m.read {
		groups = append(groups, func(w *db.Where) {
			for _, word := range words {
				w.And(`(' ' || `+folded+`) LIKE ? ESCAPE '\'`, "% "+db.Like(word)+"%")
			}
		})
	}
	w.Or(groups...)
}

// Check compares the words stored of a kind with those expected: it calls missing for
// a word that is not stored and gives the number of words stored that nothing expects.
// The sequence may use the reader, but leave no statement open while it yields.
func Check(ctx context.Context, r db.Reader, kind string, expected iter.Seq2[Row, error], missing func(Row)) (beyond int64, err error) {
	found := int64(0)
	chunk := make([]Row, 0, pairsMax)
	flush := func() error {
		have, err := stored(ctx, r, kind, chunk)
		for _, row := range chunk {
			if have[row] {
				found++
			} else if err == nil {
				missing(row)
			}
		}
		chunk = chunk[:0]
		return err
	}
	for row, err := range expected {
		if err != nil {
			return 0, err
		}
		if chunk = append(chunk, row); len(chunk) == pairsMax {
			if err := flush(); err != nil {
				return 0, err
			}
		}
	}
	if err := flush(); err != nil {
		return 0, err
	}
	all, err := db.Value[int64](ctx, r, `SELECT count(*) FROM find_term WHERE kind = $1`, kind)
	return all - found, err
}

// stored says which of some words are there.
func stored(ctx context.Context, r db.Reader, kind string, rows []Row) (map[Row]bool, error) {
	have := make(map[Row]bool, len(rows))
	err := db.Each(ctx, r, func(rows db.Rows) error {
		row := Row{Kind: kind}
		err := rows.Scan(&row.Term, &row.Ref)
		have[row] = true
		return err
	}, `SELECT t.term, t.ref FROM {texts $1} k JOIN find_term t
		ON t.term = substr(k.value, 17) AND t.kind = $2 AND t.ref = CAST(substr(k.value, 1, 16) AS {int})`, pairs(rows), kind)
	return have, err
}
