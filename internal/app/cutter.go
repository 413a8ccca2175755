package app

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
)

// cutter stands between clients and a server and cuts connections: while a request is
// sent, before its answer, or in the middle of it. What was cut may have been done: only
// the key of the request tells.
type cutter struct {
	listener net.Listener
	// server gives the address behind it now, with its scheme; empty while there is none.
	server func() string
	cuts   atomic.Int64

	mu    sync.Mutex
	drawn *rand.Rand
}

// The bytes that pass one way before a connection is cut.
const cutAfterMin, cutAfterMax = 200, 12_000

// startCutter opens it on the loopback.
func startCutter(ctx context.Context, seed uint64, server func() string) (*cutter, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &cutter{listener: l, server: server, drawn: rand.New(rand.NewPCG(seed, 2))} //nolint:gosec // a repeatable schedule, not a secret
	go c.accept(ctx)
	return c, nil
}

// address is where clients connect.
func (c *cutter) address() string { return "http://" + c.listener.Addr().String() }

func (c *cutter) accept(ctx context.Context) {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return // it is closed
		}
		go c.pass(ctx, conn)
	}
}

// draw gives the bytes that may pass one way.
func (c *cutter) draw() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cutAfterMin + c.drawn.Int64N(cutAfterMax-cutAfterMin)
}

// pass carries one connection until either side ends or it is cut.
func (c *cutter) pass(ctx context.Context, client net.Conn) {
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(c.server(), "http://"))
	if err != nil {
		_ = client.Close()
		return
	}
	var once sync.Once
	end := func() {
		_ = client.Close()
		_ = server.Close()
	}
	for _, way := range []struct{ to, from net.Conn }{{server, client}, {client, server}} {
		limit := c.draw()
		go func() {
			if n, _ := io.CopyN(way.to, way.from, limit); n == limit {
				c.cuts.Add(1)
			}
			once.Do(end)
		}()
	}
}
