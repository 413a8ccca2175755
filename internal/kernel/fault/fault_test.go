package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

func kinds() []Kind {
	return []Kind{Invalid, NotFound, Conflict, Forbidden, Unauthenticated, Precondition, Limit, Unavailable, Internal}
}

func TestKindAndCode(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		plain := New(kind, "some.code")
		for what, err := range map[string]error{
			"plain": plain, "wrapped": fmt.Errorf("while saving: %w", plain), "joined": errors.Join(io.EOF, plain), "twice": fmt.Errorf("a: %w", fmt.Errorf("b: %w", plain)),
		} {
			if KindOf(err) != kind || CodeOf(err) != "some.code" || As(err) != plain {
				t.Errorf("%s %s: %s %s", kind, what, KindOf(err), CodeOf(err))
			}
		}
	}
	if KindOf(nil) != "" || CodeOf(nil) != "" || As(nil) != nil {
		t.Error("no error has a kind")
	}
}

// An error from elsewhere is a defect, and keeps its cause for the log.
func TestForeignErrors(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("read: %w", io.ErrUnexpectedEOF)
	e := As(err)
	if e.Kind != Internal || e.Code != "internal" || !errors.Is(e, io.ErrUnexpectedEOF) || KindOf(err) != Internal || CodeOf(err) != "internal" {
		t.Errorf("%+v", e)
	}
}

func TestWrapKeepsTheCause(t *testing.T) {
	t.Parallel()
	inner := New(Conflict, "inner.code", "n", 1)
	outer := Wrap(inner, Precondition, "outer.code")
	if KindOf(outer) != Precondition || CodeOf(outer) != "outer.code" {
		t.Errorf("the outer error speaks: %v", outer)
	}
	if outer.Unwrap() != error(inner) || !errors.Is(outer, inner) {
		t.Error("the cause is lost")
	}
	if bare := Wrap(nil, Invalid, "a.b"); bare.Unwrap() != nil || bare.Error() != "invalid a.b" {
		t.Errorf("without a cause: %v", bare)
	}
}

func TestErrorLine(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"not_found unit.unknown":                      New(NotFound, "unit.unknown"),
		"limit file.size map[max:5 size:9]":           New(Limit, "file.size", "size", 9, "max", 5),
		"unavailable db.lost: EOF":                    Wrap(io.EOF, Unavailable, "db.lost"),
		"internal a.b map[x:1]: unavailable c.d: EOF": Wrap(Wrap(io.EOF, Unavailable, "c.d"), Internal, "a.b", "x", 1),
		"invalid input.invalid map[count:2]; name: input.required; age: input.range map[max:9 min:1]": InvalidFields([]Field{
			{Path: "name", Code: "input.required"}, {Path: "age", Code: "input.range", Args: Args{"min": 1, "max": 9}},
		}),
		"invalid input.invalid map[count:1]; rows[3]: input.date": InvalidField("rows[3]", "input.date"),
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err.Error(), want)
		}
	}
}

func TestInvalidFields(t *testing.T) {
	t.Parallel()
	if InvalidFields(nil) != nil || InvalidFields([]Field{}) != nil {
		t.Error("no fault is a fault")
	}
	e := As(InvalidField("name", "input.too_long", "max", 40))
	if e.Kind != Invalid || e.Code != "input.invalid" || e.Args["count"] != 1 || len(e.Fields) != 1 || e.Fields[0].Args["max"] != 40 {
		t.Errorf("%+v", e)
	}
}

// Arguments are pairs; what is not a pair stays visible instead of being dropped.
func TestArguments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pairs []any
		want  Args
	}{
		{nil, nil},
		{[]any{"a", 1, "b", nil}, Args{"a": 1, "b": nil}},
		{[]any{"a", 1, "left"}, Args{"a": 1, "!bad2": "left"}},
		{[]any{7, "x", "b", 2}, Args{"!bad0": 7, "b": 2}},
		{[]any{"a", 1, "a", 2}, Args{"a": 2}},
	} {
		if got := New(Invalid, "a.b", c.pairs...).Args; !maps.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%v: %v, want %v", c.pairs, got, c.want)
		}
	}
}

// Nothing panics whatever the arguments, and a proper list is kept whole.
func TestArgumentsAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		pairs := rapid.SliceOfN(rapid.OneOf(
			rapid.Custom(func(t *rapid.T) any { return rapid.String().Draw(t, "s") }),
			rapid.Custom(func(t *rapid.T) any { return rapid.Int().Draw(t, "n") }),
			rapid.Just[any](nil),
		), 0, 9).Draw(rt, "pairs")
		e := New(Invalid, "a.b", pairs...)
		if e.Error() == "" || len(pairs) > 0 && len(e.Args) == 0 {
			rt.Fatalf("%v: %v", pairs, e)
		}
		if len(e.Args) > (len(pairs)+1)/2 {
			rt.Fatalf("%v: %v", pairs, e.Args)
		}
	})
}

// A field as JSON shows its path, code and arguments, and nothing else.
func TestFieldJSON(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]Field{
		`{"path":"a[0]","code":"input.date"}`:                    {Path: "a[0]", Code: "input.date"},
		`{"path":"a","code":"input.range","args":{"max":"9,5"}}`: {Path: "a", Code: "input.range", Args: Args{"max": "9,5"}},
	} {
		body, err := json.Marshal(f)
		if err != nil || string(body) != want {
			t.Errorf("got %s, want %s, %v", body, want, err)
		}
	}
}
