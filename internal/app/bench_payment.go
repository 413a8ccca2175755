package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/collection"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/ui"
)

// PaymentBench is what the benchmark of payments measured (performance page, P3): a
// receipt in cash that pays a bill, taken by the operation. The floor is the very rows
// that it writes for the next bill, with its number, its key and its audit row, in one
// durable transaction through the same database layer and with the same number of
// clients, in the same run: on the same accounts, so that they fall into the same pages.
type PaymentBench struct {
	Engine    string `json:"engine"`
	Clients   int    `json:"clients"`
	Receipts  int    `json:"receipts"`
	Floor     Rate   `json:"floor"`
	InProcess Rate   `json:"in_process"`
	HTTP      Rate   `json:"http"`
}

const paymentReceipts = 2000

// payments is one run: desks that take money.
type payments struct {
	*bench
	*desks
	bare *collection.Bare
	// open are the sessions of the clients.
	open []*collection.Session
	next atomic.Int64
}

// BenchPayment measures receipts on an empty database, which it fills first. clients and
// receipts (of a measure) are 16 and 2000 when 0.
func (a *App) BenchPayment(ctx context.Context, clients, receipts int, assets *ui.Assets) (PaymentBench, error) {
	if clients == 0 {
		clients = benchClients
	}
	if receipts == 0 {
		receipts = paymentReceipts
	}
	res := PaymentBench{Engine: string(a.DB.Engine()), Clients: clients, Receipts: receipts}
	// For the three measures; one more for the model.
	all, err := a.openDesks(ctx, clients, 3*benchRuns*receipts+1)
	if err != nil {
		return res, err
	}
	p := &payments{bench: &bench{app: a, opt: BenchOptions{Clients: clients, Commands: receipts}}, desks: all}
	if p.handler, err = a.Handler(assets); err != nil {
		return res, err
	}
	if err := p.model(ctx); err != nil {
		return res, err
	}
	for range benchRuns {
		err := p.inTurn(ctx, []measured{{&res.Floor, p.floor}, {&res.InProcess, p.take}, {&res.HTTP, p.post}})
		if err != nil {
			return res, err
		}
	}
	for _, r := range []*Rate{&res.Floor, &res.InProcess, &res.HTTP} {
		r.PerSecond, r.CPU = median(r.Runs), median(r.cpus)
	}
	res.InProcess.RatioThousandths = ratio(res.InProcess.Runs, res.Floor.Runs)
	res.HTTP.RatioThousandths = ratio(res.HTTP.Runs, res.Floor.Runs)
	return res, nil
}

// model takes the first receipt and reads the rows that it wrote.
func (p *payments) model(ctx context.Context) error {
	res, err := p.receive(ctx, 0)
	if err != nil {
		return err
	}
	id := idOf(p.desks.app.Registry.Find("collection.receipt.take"), res.Out)
	return p.desks.app.DB.Read(ctx, func(ctx context.Context, r db.Reader) (err error) {
		if p.bare, err = collection.BareOf(ctx, r, id); err != nil {
			return err
		}
		for _, id := range p.sessions {
			s, err := collection.BareSession(ctx, r, id)
			if err != nil {
				return err
			}
			p.open = append(p.open, s)
		}
		return nil
	})
}

// bill gives the next bill to pay.
func (p *payments) bill() int { return int(p.next.Add(1) - 1) }

// receive takes money for the next bill at the desk of a client.
func (p *payments) receive(ctx context.Context, client int) (op.Result, error) {
	bill := p.bill()
	return p.desks.app.Runner.Run(ctx, op.Request{
		Name: "collection.receipt.take", Credential: op.Credential{Channel: op.API, Token: p.tokens[client]}, Key: "pay-" + strconv.Itoa(bill),
		Input: op.Input{"accounts": p.account(bill).String(), "items": p.items[bill].String(), "tenders": deskPaid},
	})
}

// take is receive without the answer.
func (p *payments) take(ctx context.Context, client int) error {
	_, err := p.receive(ctx, client)
	return err
}

// post is the same through the whole handler.
func (p *payments) post(ctx context.Context, client int) error {
	bill := p.bill()
	body, err := paymentBody(p.desks, bill)
	if err != nil {
		return err
	}
	rec, err := p.ask(ctx, http.MethodPost, paymentPath, body, map[string]string{
		"Authorization": "Bearer " + p.tokens[client], "Content-Type": "application/json", "Idempotency-Key": "pay-" + strconv.Itoa(bill),
	})
	if err == nil && rec.status != http.StatusOK && rec.status != http.StatusCreated {
		err = fmt.Errorf("status %d: %s", rec.status, rec.body.String())
	}
	return err
}

// paymentPath is where receipts are taken through the API.
const paymentPath = "/api/v1/collection/receipts"

// paymentBody asks for a receipt that pays one bill whole.
func paymentBody(d *desks, bill int) ([]byte, error) {
	body, err := json.Marshal(map[string]any{
		"accounts": []string{d.account(bill).String()}, "items": []string{d.items[bill].String()}, "tenders": []string{deskPaid},
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "internal")
	}
	return body, nil
}

// floor writes the rows of the model again, for the next bill: on the accounts, in the
// sessions and by the cashiers of the other measures.
func (p *payments) floor(ctx context.Context, client int) error {
	bill, session := p.bill(), p.open[client]
	return p.desks.app.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
		return p.bare.Texts.Write(ctx, tx, int64(session.Cashier), int64(p.items[bill]), func(ctx context.Context, tx db.Tx) error {
			return p.bare.Write(ctx, tx, session, p.account(bill), p.items[bill])
		}, "floor-"+strconv.Itoa(bill))
	})
}
