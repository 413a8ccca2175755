package app

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
)

// answer is what a measured request got.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// wire is the server and client of the benchmark, on the loopback: real sockets,
// because parsing and writing HTTP is part of what is measured.
type wire struct {
	once   sync.Once
	base   string
	client *http.Client
	err    error
}

// open starts the server at the first request. It ends with the process.
func (w *wire) open(ctx context.Context, h http.Handler, clients int) error {
	w.once.Do(func() {
		var l net.Listener
		if l, w.err = (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0"); w.err != nil {
			return
		}
		srv := &http.Server{Handler: h, ReadHeaderTimeout: readyTimeout}
		go func() { _ = srv.Serve(l) }()
		w.base = "http://" + l.Addr().String()
		stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		w.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, CheckRedirect: stay}
	})
	return w.err
}

func (b *bench) ask(ctx context.Context, method, path string, body []byte, prepare func(*http.Request)) (*answer, error) {
	if err := b.wire.open(ctx, b.handler, b.opt.Clients); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, b.wire.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	prepare(req)
	res, err := b.wire.client.Do(req)
	if err != nil {
		return &answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	out := &answer{header: res.Header, status: res.StatusCode}
	_, err = out.body.ReadFrom(res.Body)
	return out, err
}
