package op

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// Changes are written as encoding/json writes them, whatever is in them.
func TestChangesAreWrittenAsJSON(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Agence de Béni Mellal", "a<b>&c", "\"\\\n\t\x7f", "\u2028", "\xff\xfe", "\x00", "وصل", "~"}))
	value := rapid.Custom(func(rt *rapid.T) any {
		switch rapid.IntRange(0, 7).Draw(rt, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(rt, "bool")
		case 2:
			return ID(rapid.Int64Range(0, 1<<53).Draw(rt, "id"))
		case 3:
			return json.Number(rapid.SampledFrom([]string{"0", "-0", "-12", "9223372036854775807", "1.50", "1e3"}).Draw(rt, "number"))
		case 4:
			return []any{texts.Draw(rt, "in a list"), nil}
		case 5:
			return map[string]any{texts.Draw(rt, "name"): json.Number("7")}
		case 6:
			return rapid.Int64().Draw(rt, "int")
		}
		return texts.Draw(rt, "text")
	})
	fields := rapid.OneOf(rapid.Just(map[string]any(nil)), rapid.MapOfN(texts, value, 0, 5))
	change := rapid.Custom(func(rt *rapid.T) Change {
		return Change{
			Kind: texts.Draw(rt, "kind"), ID: ID(rapid.Int64Range(0, 3).Draw(rt, "id")), Label: texts.Draw(rt, "label"),
			Before: fields.Draw(rt, "before"), After: fields.Draw(rt, "after"),
		}
	})
	rapid.Check(t, func(rt *rapid.T) {
		changes := rapid.SliceOfN(change, 1, 3).Draw(rt, "changes")
		want, err := json.Marshal(changes)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := appendChanges([]byte("x"), changes)
		if err != nil || string(got) != "x"+string(want) {
			rt.Fatalf("got  %s, %v\nwant x%s", got, err, want)
		}
	})
	if _, err := appendChanges(nil, []Change{{After: map[string]any{"f": func() {}}}}); err == nil {
		t.Error("a function was written")
	}
}
