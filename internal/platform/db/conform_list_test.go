package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// A list is one argument on both engines, whatever its length and its texts.
func TestListArguments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		odd := []string{`a"b`, `it's`, `é ž`, `{x,"y"}`, "line\nend", "", "NULL", `\`, "<&>", "\u2028"}
		names := make([]any, len(odd))
		for i, name := range odd {
			names[i] = name
		}
		addThings(t, d, names...)
		for _, c := range []struct {
			name string
			keys []string
			want []string
		}{
			{"all", odd, slices.Sorted(slices.Values(odd))},
			{"some, one twice, one unknown", []string{"é ž", "none", "é ž", `\`}, []string{`\`, "é ž"}},
			{"none", nil, nil},
			{"empty text", []string{""}, []string{""}},
		} {
			got := texts(t, d, `SELECT name FROM thing WHERE name IN {texts $1} ORDER BY name`, c.keys)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %q; want %q", c.name, got, c.want)
			}
		}
		joined := texts(t, d, `SELECT k.value || '=' || CAST(count(t.id) AS {text}) FROM {texts $2} k LEFT JOIN thing t ON t.name = k.value AND t.id > $1
			GROUP BY k.value ORDER BY k.value`, 0, []string{"it's", "none"})
		if joined := strings.Join(joined, " "); joined != "it's=1 none=0" {
			t.Errorf("joined: %s", joined)
		}
		ids := []int64{}
		for _, s := range texts(t, d, `SELECT CAST(id AS {text}) FROM thing`) {
			var id int64
			if _, err := fmt.Sscan(s, &id); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		if n := value[int64](t, d, `SELECT count(*) FROM thing WHERE id IN {ints $1}`, append(ids[:3:3], -7)); n != 3 {
			t.Errorf("by ids: %d rows; want 3", n)
		}
		if n := value[int64](t, d, `SELECT count(*) FROM thing WHERE id NOT IN {ints $1}`, []int64{}); n != int64(len(odd)) {
			t.Errorf("not in nothing: %d rows", n)
		}
	})
}

func TestListBounds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		many := make([]int64, db.ListMax)
		for i := range many {
			many[i] = int64(i)
		}
		if n := value[int64](t, d, `SELECT count(*) FROM {ints $1} k`, many); n != db.ListMax {
			t.Errorf("%d values; want %d", n, db.ListMax)
		}
		for _, bad := range []any{append(many, 1), make([]string, db.ListMax+1), []string{"a", "\xff"}, []string{"nul\x00"}} {
			err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
				_, err := r.Query(ctx, `SELECT count(*) FROM {texts $1} k`, bad)
				return err
			})
			if code := fault.CodeOf(err); code != "db.value" && code != "db.text" {
				t.Errorf("%T: %v", bad, err)
			}
		}
		err := d.Read(t.Context(), func(ctx context.Context, r db.Reader) error {
			_, err := r.Query(ctx, `SELECT 1 FROM {texts} k`)
			return err
		})
		wantCode(t, err, fault.Internal, "db.sql")
	})
}
