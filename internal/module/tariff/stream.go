package tariff

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/text"
)

// StreamOptions of quoting lines.
type StreamOptions struct {
	// Words say the refusals, and the sentences of an explanation.
	Words *text.Printer
	// Explain adds to each quote how it was made.
	Explain bool
}

// StreamResult counts what was answered.
type StreamResult struct {
	Requests int64 `json:"requests"`
	Refused  int64 `json:"refused"`
}

// checkEvery is after how many lines the stream looks whether it is to stop.
const checkEvery = 1024

// refusal is the line of a request that cannot be priced.
type refusal struct {
	ID    string `json:"id"`
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Field   string `json:"field,omitempty"`
	} `json:"error"`
}

// stream is one run of quoting lines.
type stream struct {
	book   *Book
	opt    StreamOptions
	in     *bufio.Reader
	out    *bufio.Writer
	result StreamResult
	// The room of one line, used again.
	request Request
	quote   Quote
	answer  []byte
}

// Stream answers requests, one JSON object a line, with quotes or refusals, one a line,
// in their order. A line that cannot be read is refused and does not end the stream; a
// failure of in or out does. Blank lines are passed over. Answers are written out when
// no more input is at hand, so a program may wait for each.
func Stream(ctx context.Context, book *Book, in io.Reader, out io.Writer, o StreamOptions) (StreamResult, error) {
	s := &stream{book: book, opt: o, in: bufio.NewReaderSize(in, LineBytesMax), out: bufio.NewWriterSize(out, LineBytesMax)}
	for more := true; more; {
		if s.result.Requests%checkEvery == 0 && ctx.Err() != nil {
			return s.result, ctx.Err()
		}
		var err error
		if more, err = s.one(); err != nil {
			return s.result, err
		}
	}
	return s.result, s.out.Flush()
}

// one answers one line.
func (s *stream) one() (more bool, err error) {
	line, err := s.in.ReadSlice('\n')
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = s.in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	more = err == nil
	if !long {
		line = bytes.TrimSpace(line)
	}
	if len(line) > 0 {
		if err := s.reply(line, long); err != nil {
			return false, err
		}
	}
	if more && s.in.Buffered() == 0 {
		return true, s.out.Flush()
	}
	return more, nil
}

// reply writes the answer to a line.
func (s *stream) reply(line []byte, long bool) error {
	s.result.Requests++
	s.answer = s.answer[:0]
	var err error
	if long {
		s.request.ID = ""
		err = fault.New(fault.Limit, "tariff.request_long", "max", LineBytesMax)
	} else if err = DecodeRequest(line, &s.request); err == nil {
		err = s.price()
	}
	if err != nil {
		s.result.Refused++
		if s.answer, err = s.refuse(err); err != nil {
			return err
		}
	}
	_, err = s.out.Write(append(s.answer, '\n'))
	return err
}

// price writes the quote of the request at hand.
func (s *stream) price() error {
	if !s.opt.Explain {
		if err := s.book.QuoteInto(&s.request, &s.quote); err != nil {
			return err
		}
		s.answer = AppendQuote(s.answer, &s.quote)
		return nil
	}
	e, err := s.book.Explain(&s.request, &s.quote)
	if err != nil {
		return err
	}
	body, err := json.Marshal(struct {
		Explanation
		Sentences []string `json:"sentences"`
	}{e, e.Sentences(s.opt.Words)})
	if err != nil {
		return err
	}
	s.answer = AppendQuote(s.answer, &s.quote)
	s.answer = append(s.answer[:len(s.answer)-1], `,"explanation":`...)
	s.answer = append(append(s.answer, body...), '}')
	return nil
}

// refuse makes the line of a refusal.
func (s *stream) refuse(err error) ([]byte, error) {
	var r refusal
	r.ID = s.request.ID
	message, fields := s.opt.Words.Error(err)
	r.Error.Code, r.Error.Message = fault.CodeOf(err), message
	if len(fields) > 0 {
		r.Error.Field = fields[0].Path
	}
	return json.Marshal(r)
}
