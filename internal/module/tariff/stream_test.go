package tariff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"wasl/internal/platform/text"
)

func words(t testing.TB) *text.Printer {
	t.Helper()
	c, err := text.New()
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer("fr")
}

// answers are the parts of an answer that the tests look at.
type answers struct {
	ID    string `json:"id"`
	Total string `json:"total"`
	Error *struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Field   string `json:"field"`
	} `json:"error"`
	Explanation *struct {
		Sentences []string `json:"sentences"`
	} `json:"explanation"`
}

func TestStreamAnswersInOrder(t *testing.T) {
	t.Parallel()
	good := `{"id":"%","tariff":"five-tier","from":"2015-01-01","to":"2015-01-31","quantity":"6","attributes":{"class":"RESIDENTIAL_MULTI"}}`
	in := strings.Join([]string{
		strings.Replace(good, "%", "a", 1), "", "not json", strings.Replace(good, `"6"`, `"x"`, 1), "  ",
		strings.Repeat("x", LineBytesMax+10), strings.Replace(good, "five", "six", 1), strings.Replace(good, "%", "b", 1) + "\r",
	}, "\n")
	var out bytes.Buffer
	res, err := Stream(t.Context(), loadPack(t, "example/five-tier.yaml"), strings.NewReader(in), &out, StreamOptions{Words: words(t)})
	if err != nil || res != (StreamResult{Requests: 6, Refused: 4}) {
		t.Fatalf("%+v %v", res, err)
	}
	want := []struct{ id, total, code, field string }{
		{"a", "14.22", "", ""},
		{"", "", "tariff.request", ""},
		{"%", "", "tariff.quantity", "quantity"},
		{"", "", "tariff.request_long", ""},
		{"%", "", "tariff.unknown", "tariff"},
		{"b", "14.22", "", ""},
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d answers: %s", len(lines), out.String())
	}
	for i, w := range want {
		var a answers
		if err := json.Unmarshal([]byte(lines[i]), &a); err != nil {
			t.Fatal(err)
		}
		if a.ID != w.id || a.Total != w.total || (a.Error != nil) != (w.code != "") {
			t.Errorf("answer %d: %s", i, lines[i])
		}
		if a.Error != nil && (a.Error.Code != w.code || a.Error.Field != w.field || a.Error.Message == "" || strings.Contains(a.Error.Message, "[")) {
			t.Errorf("answer %d: %s", i, lines[i])
		}
	}
}

// An explanation stands in the line of its quote; a refusal has none.
func TestStreamExplains(t *testing.T) {
	t.Parallel()
	in := `{"id":"a","tariff":"five-tier","from":"2015-01-01","to":"2015-01-31","quantity":"7","attributes":{"class":"RESIDENTIAL_MULTI"}}` + "\n" +
		`{"id":"b","tariff":"five-tier","from":"2015-01-01","to":"2015-01-31","quantity":"7"}`
	var out bytes.Buffer
	res, err := Stream(t.Context(), loadPack(t, "example/five-tier.yaml"), strings.NewReader(in), &out, StreamOptions{Words: words(t), Explain: true})
	if err != nil || res.Refused != 1 {
		t.Fatalf("%+v %v", res, err)
	}
	decoder := json.NewDecoder(&out)
	var a, b answers
	if err := errors.Join(decoder.Decode(&a), decoder.Decode(&b)); err != nil {
		t.Fatal(err)
	}
	want := "Eau : 2 tranches : 6 ccf à 2,3700 USD = 14,22 USD, 1 ccf à 7,3900 USD = 7,39 USD ; en tout 21,61 USD."
	if a.Total != "21.61" || a.Explanation == nil || len(a.Explanation.Sentences) < 3 || plain(a.Explanation.Sentences[2]) != want {
		t.Errorf("%+v", a.Explanation)
	}
	if b.ID != "b" || b.Error == nil || b.Explanation != nil {
		t.Errorf("%+v", b)
	}
}

// A program that waits for each answer before it asks again gets it.
func TestStreamAnswersAtOnce(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "example/five-tier.yaml")
	askIn, ask := io.Pipe()
	answer, answerOut := io.Pipe()
	go func() {
		_, err := Stream(context.WithoutCancel(t.Context()), book, askIn, answerOut, StreamOptions{Words: words(t)})
		_ = answerOut.CloseWithError(err)
	}()
	decoder := json.NewDecoder(answer)
	for _, id := range []string{"1", "2", "3"} {
		line := `{"id":"` + id + `","tariff":"five-tier","from":"2015-01-01","to":"2015-01-31","quantity":"6","attributes":{"class":"RESIDENTIAL_MULTI"}}` + "\n"
		if _, err := io.WriteString(ask, line); err != nil {
			t.Fatal(err)
		}
		var a answers
		if err := decoder.Decode(&a); err != nil || a.ID != id {
			t.Fatalf("%+v %v", a, err)
		}
	}
	if err := ask.Close(); err != nil {
		t.Fatal(err)
	}
}

// A failing output ends the stream, as does a cancelled context.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	book := loadPack(t, "example/five-tier.yaml")
	reader, writer := io.Pipe()
	broken := errors.New("broken")
	if err := reader.CloseWithError(broken); err != nil {
		t.Fatal(err)
	}
	if _, err := Stream(t.Context(), book, strings.NewReader("x\n"), writer, StreamOptions{Words: words(t)}); !errors.Is(err, broken) {
		t.Errorf("broken output: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Stream(ctx, book, strings.NewReader("x\n"), io.Discard, StreamOptions{Words: words(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
