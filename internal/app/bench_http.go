package app

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// answer is what a measured request got.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// wire is the server and the clients of the benchmark, on the loopback: real
// sockets, because parsing and writing HTTP is part of what is measured. A client
// is little more than its socket, because it runs on the same processors.
type wire struct {
	once    sync.Once
	address string
	idle    chan *client
	err     error
}

// client is one connection kept alive.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
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
		w.address, w.idle = l.Addr().String(), make(chan *client, clients)
	})
	return w.err
}

// connect takes a connection at rest, or opens one.
func (w *wire) connect(ctx context.Context) (*client, error) {
	select {
	case c := <-w.idle:
		return c, nil
	default:
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (b *bench) ask(ctx context.Context, method, path string, body []byte, headers map[string]string) (*answer, error) {
	out := &answer{}
	if err := b.wire.open(ctx, b.handler, b.opt.Clients); err != nil {
		return out, err
	}
	c, err := b.wire.connect(ctx)
	if err != nil {
		return out, err
	}
	if err := c.ask(out, method, path, body, headers); err != nil {
		return out, join(err, c.conn.Close())
	}
	b.wire.idle <- c
	return out, nil
}

func (c *client) ask(out *answer, method, path string, body []byte, headers map[string]string) error {
	text := append(c.out[:0], method+" "+path+" HTTP/1.1\r\nHost: localhost\r\n"...)
	for name, value := range headers {
		text = append(text, name+": "+value+"\r\n"...)
	}
	if body != nil {
		text = append(text, "Content-Length: "+strconv.Itoa(len(body))+"\r\n"...)
	}
	c.out = append(append(text, "\r\n"...), body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	out.header, out.status = res.Header, res.StatusCode
	_, err = out.body.ReadFrom(res.Body)
	return join(err, res.Body.Close())
}
