package app

import (
	"context"
	"io"
	"io/fs"
	"os"
	"strings"

	"wasl/internal/delivery/cli"
	"wasl/internal/kernel/fault"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/packs"
)

// packPrefix stands before the name of a tariff file that the program carries.
const packPrefix = "pack:"

// readTariff reads a tariff file, or one of the packs, with a bound.
func readTariff(name string) ([]byte, error) {
	if pack, ok := strings.CutPrefix(name, packPrefix); ok {
		return fs.ReadFile(packs.Files, pack)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	source, err := io.ReadAll(io.LimitReader(f, tariff.FileBytesMax+1))
	return source, join(err, f.Close())
}

// TariffQuote implements cli.App.
func (p *Program) TariffQuote(ctx context.Context, g cli.Globals, o cli.TariffQuoteOptions, requests io.Reader, out io.Writer) error {
	book, err := p.book(ctx, g, o.Files)
	if err != nil {
		return err
	}
	res, err := tariff.Stream(ctx, book, requests, out, tariff.StreamOptions{Words: p.Texts.Printer(g.Lang), Explain: o.Explain})
	if err == nil && res.Refused > 0 {
		err = fault.New(fault.Invalid, "tariff.refused", "count", res.Refused, "total", res.Requests)
	}
	return err
}

// book compiles tariff files; without any it is that of the active versions of the
// database.
func (p *Program) book(ctx context.Context, g cli.Globals, files []string) (book *tariff.Book, err error) {
	if len(files) > 0 {
		book, problems, err := tariff.Load(readTariff, files...)
		if err == nil {
			err = problems.Err()
		}
		return book, err
	}
	a, err := p.open(ctx, g, Options{Existing: true})
	if err != nil {
		return nil, err
	}
	if err = a.Ready(ctx); err == nil {
		err = a.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
			book, err = a.Tariff.Book(ctx, r)
			return err
		})
	}
	return book, join(err, a.Close())
}

// TariffCheck implements cli.App.
func (p *Program) TariffCheck(_ context.Context, g cli.Globals, files []string, out io.Writer) error {
	book, problems, err := tariff.Load(readTariff, files...)
	if err != nil {
		return err
	}
	words := p.Texts.Printer(g.Lang)
	told := make([]toldProblem, 0, len(problems))
	for _, q := range problems {
		told = append(told, toldProblem{Problem: q, Message: words.Text("error."+q.Code, q.Args)})
	}
	err = p.print(g, out, told, func() []string {
		var lines []string
		for _, q := range told {
			key := "tariff.problem"
			if q.Path == "" {
				key = "tariff.problem_file"
			}
			lines = append(lines, words.T(key, "place", q.Place(), "message", q.Message, "path", q.Path))
		}
		if book != nil {
			lines = append(lines, words.T("tariff.checked", "count", len(files), "tariffs", len(book.Codes())))
		}
		return lines
	})
	if err != nil || len(told) == 0 {
		return err
	}
	return fault.New(fault.Invalid, "tariff.file", "count", len(told))
}

// toldProblem is a problem with its sentence.
type toldProblem struct {
	tariff.Problem
	Message string `json:"message"`
}
