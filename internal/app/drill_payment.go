package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/collection"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const (
	// payDrillClients are the desks of one agency that pay at once.
	payDrillClients = 64
	// payDrillBills are the bills of each desk; one that has paid all of them stops.
	payDrillBills = 150
)

// payDrill is the drill of payments: each client is a desk that takes money for one bill
// after the other.
type payDrill struct {
	*drill
	desks *desks
	cut   *cutter
}

// DrillPayment kills a server again and again and cuts connections, while the desks of an
// agency take money with keys and retries; then every bill whose payment was acknowledged
// is paid by exactly one receipt. The database must be empty: the drill fills it.
// DrillOptions.Clients is 64 when 0.
func (a *App) DrillPayment(ctx context.Context, o DrillOptions, log io.Writer) (DrillResult, error) {
	if o.Clients == 0 {
		o.Clients = payDrillClients
	}
	if o.Kills == 0 {
		o.Kills = drillKills
	}
	all, err := a.openDesks(ctx, o.Clients, o.Clients*payDrillBills)
	if err != nil {
		return DrillResult{}, err
	}
	d := &payDrill{drill: &drill{app: a, opt: o, acked: make([]int64, o.Clients), keys: make([][]string, o.Clients)}, desks: all}
	d.client = &http.Client{Timeout: serverStarts, Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients}}
	d.base.Store("")
	d.cut, err = startCutter(ctx, o.Seed, func() string {
		base, _ := d.base.Load().(string)
		return base
	})
	if err != nil {
		return DrillResult{}, fault.Wrap(err, fault.Unavailable, "drill.down")
	}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range o.Clients {
		clients.Go(func() { d.pay(ctx, i, stop) })
	}
	err = d.killing(ctx, log, func() {
		close(stop)
		clients.Wait()
	})
	if err == nil {
		err, _ = d.faults.Load().(error)
	}
	if err = join(err, d.cut.listener.Close()); err != nil {
		return DrillResult{}, err
	}
	return d.found(ctx)
}

// pay is one desk: each bill once per key, and the key again until it is answered.
func (d *payDrill) pay(ctx context.Context, i int, stop <-chan struct{}) {
	for n := range payDrillBills {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		default:
		}
		bill := i*payDrillBills + n
		key := "pay-" + strconv.Itoa(bill)
		body, err := paymentBody(d.desks, bill)
		if err == nil {
			err = d.until(ctx, func() (int, string, error) {
				return d.post(ctx, d.cut.address(), d.desks.tokens[i], paymentPath, key, body)
			})
		}
		if err != nil {
			d.drill.faults.CompareAndSwap(nil, fmt.Errorf("desk %d, key %s: %w", i, key, err))
			return
		}
		d.keys[i] = append(d.keys[i], key)
		atomic.AddInt64(&d.acked[i], 1)
	}
}

// found compares what was acknowledged with the receipts, the sessions and the bills, and
// verifies the database.
func (d *payDrill) found(ctx context.Context) (DrillResult, error) {
	a := d.drill.app
	res := DrillResult{
		Engine: string(a.DB.Engine()), Clients: d.opt.Clients, Kills: d.opt.Kills, Cuts: d.cut.cuts.Load(), Acked: d.total(), Retried: d.retried.Load(),
		Replays: d.replays.Load(),
	}
	receipts := map[op.ID]int64{}
	_, err := a.Runner.Rows(ctx, op.Request{
		Name: "collection.receipt.list", Credential: op.Credential{Channel: op.Console, Login: demoAdmin},
	}, nil, func(row any) error {
		if r, ok := row.(collection.Receipt); ok {
			receipts[r.Session]++
		}
		return nil
	})
	if err != nil {
		return res, err
	}
	for i, session := range d.desks.sessions {
		res.Lost += max(d.acked[i]-receipts[session], 0)
		res.Double += max(receipts[session]-d.acked[i], 0)
	}
	unpaid, err := d.unpaid(ctx)
	if err != nil {
		return res, err
	}
	res.Lost += unpaid
	var keys []string
	for _, own := range d.keys {
		keys = append(keys, own...)
	}
	res.Checks, err = a.Verify(ctx, keys)
	return res, err
}

// unpaid counts the bills that were acknowledged as paid and are not.
func (d *payDrill) unpaid(ctx context.Context) (n int64, err error) {
	left := map[op.ID]bool{}
	err = d.drill.app.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		for _, account := range d.desks.accounts {
			all, err := d.drill.app.Ledger.Positions(ctx, r, account)
			if err != nil {
				return err
			}
			for _, p := range all {
				left[p.ID] = p.Left != 0
			}
		}
		return nil
	})
	for i, acked := range d.acked {
		for k := range acked {
			if left[d.desks.items[int64(i)*payDrillBills+k]] {
				n++
			}
		}
	}
	return n, err
}
