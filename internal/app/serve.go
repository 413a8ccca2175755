package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"wasl/internal/delivery/api"
	"wasl/internal/delivery/web"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
	"wasl/internal/platform/screen"
	"wasl/internal/platform/ui"
)

// Handler is everything the program answers over HTTP.
func (a *App) Handler(assets *ui.Assets) (http.Handler, error) {
	rest, err := api.New(api.Config{
		Runner: a.Runner, Text: a.Texts, Now: a.opt.Wall, Version: a.opt.Version, Assets: assets, Log: a.Log, Random: a.opt.Random,
	})
	if err != nil {
		return nil, err
	}
	pages := web.New(web.Config{
		Runner: a.Runner, Set: a.Screens(), Texts: web.Texts(a.Texts), Assets: assets, Log: a.Log, Version: a.opt.Version,
		Secure: strings.HasPrefix(a.Config.BaseURL, "https://"), SessionMax: a.Config.Session.Max, Demo: a.demoAccounts(),
		Unread: a.Access.Unread, FirstStart: a.Access.NeedsSetup, UploadTimeout: api.UploadTimeoutDefault, Now: a.opt.Wall,
		Export: rest.Download,
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.health)
	mux.HandleFunc("GET /readyz", a.ready)
	if a.Config.Metrics {
		mux.Handle("GET /metrics", a.metrics.handler())
	}
	mux.Handle("/api", rest)
	mux.Handle("/api/", rest)
	mux.Handle("/", pages)
	return a.outer(mux), nil
}

// Screens are the pages of all modules.
func (a *App) Screens() *screen.Set {
	return screen.NewSet(
		web.CoreScreens(), a.Board.Screens(), web.JobScreens(), a.Intake.Screens(),
		a.Org.Screens(), a.Access.Screens(),
		a.Customer.Screens(), a.Account.Screens(),
		a.Metering.Screens(),
		a.Tariff.Screens(), a.Billing.Screens(),
		a.Collection.Screens(), a.Ledger.Screens(),
	).Add(a.Ledger.Parts(), a.Billing.Parts(), a.Collection.Parts(), a.Metering.Parts(), a.Board.Parts()).Forms(a.Collection.Forms()).Finders(a.Customer.Finders())
}

// outer gives each request its id, logs it and survives a defect.
func (a *App) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !saneID(id) {
			id = a.Runner.NewKey()
		}
		r.Header.Set("X-Request-Id", id)
		w.Header().Set("X-Request-Id", id)
		start := a.opt.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				a.survive(rec, r, id, p)
			}
			a.Log.Info("request", "id", id, "method", r.Method, "path", r.URL.Path, "status", rec.status, "ms", a.opt.Now().Sub(start).Milliseconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// survive answers a defect; a deliberate abort of a stream goes on as it is.
func (a *App) survive(w *recorder, r *http.Request, id string, p any) {
	if p == http.ErrAbortHandler {
		w.abort(r)
		return
	}
	a.Log.Error("request failed", "id", id, "path", r.URL.Path, "panic", fmt.Sprint(p))
	if w.status == 0 {
		http.Error(w, http.StatusText(http.StatusInternalServerError)+" "+id, http.StatusInternalServerError)
	}
}

// idMax is the longest request id taken from outside.
const idMax = 64

func saneID(id string) bool {
	for _, c := range []byte(id) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return id != "" && len(id) <= idMax
}

// recorder remembers the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes an implicit status.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// abort cuts the connection, so that half a file is never taken for a whole one.
func (w *recorder) abort(r *http.Request) {
	c, _, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		_ = c.Close()
		return
	}
	w.Header().Set("Connection", "close")
	_ = r.Body.Close()
}

// health says that the process answers.
func (a *App) health(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("ok\n"))
}

// readyTimeout bounds the question put to the database.
const readyTimeout = 2 * time.Second

// ready says that the database answers with the schema of this program.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	err := a.DB.Read(ctx, func(ctx context.Context, rd db.Reader) error {
		_, err := db.Revisions(ctx, rd)
		return err
	})
	if err != nil {
		http.Error(w, string(fault.KindOf(err)), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ready\n"))
}

// Serve runs the program until ctx ends, then lets what is under way finish. It
// tells started the address it listens on.
func (a *App) Serve(ctx context.Context, assets *ui.Assets, started func(addr string) error) error {
	release, err := db.LockServe(a.Config.DB)
	if err != nil {
		return err
	}
	defer release()
	handler, err := a.Handler(assets)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		return fault.Wrap(err, fault.Precondition, "serve.listen", "address", a.Config.Listen)
	}
	t := a.Config.Timeout
	srv := &http.Server{
		Handler: handler, ReadHeaderTimeout: t.Read, ReadTimeout: t.Read, WriteTimeout: t.Write, IdleTimeout: t.Idle,
		MaxHeaderBytes: int(a.Config.Limits.HeaderBytes),
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	a.background(work, &background)
	failed := make(chan error, 2)
	go func() { failed <- srv.Serve(listener) }()
	if err := started(listener.Addr().String()); err != nil {
		failed <- err
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.Shutdown)
		err = srv.Shutdown(drain)
		cancel()
	}
	stopWork()
	background.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return join(err, a.Access.Touch(context.WithoutCancel(ctx)))
}

// Rhythms of the background work.
const (
	eventsEvery = 500 * time.Millisecond
	eventsBatch = 100
	sealEvery   = 30 * time.Second
	touchEvery  = 20 * time.Second
	foldEvery   = 15 * time.Second
)

// background starts the queue, the dispatcher of events, the sealer, the notes of who was
// seen when and the folding of what is owed into its totals.
func (a *App) background(ctx context.Context, all *sync.WaitGroup) {
	all.Go(func() { a.report("jobs", a.Queue.Run(ctx)) })
	all.Go(func() { a.report("warm", a.warm(ctx)) })
	a.every(ctx, all, "events", eventsEvery, func(ctx context.Context) error {
		for {
			n, err := a.Runner.DispatchEvents(ctx, eventsBatch)
			if err != nil || n < eventsBatch {
				return err
			}
		}
	})
	a.every(ctx, all, "seal", sealEvery, a.Seal)
	a.every(ctx, all, "touch", touchEvery, a.Access.Touch)
	a.every(ctx, all, "totals", foldEvery, func(ctx context.Context) error { return a.Ledger.Fold(ctx, a.DB) })
}

// warm asks for the two pages that look at everybody, so that what they keep in memory
// is there before the first person asks.
func (a *App) warm(ctx context.Context) error {
	system := op.Credential{Channel: op.System}
	_, err := a.Runner.Rows(ctx, op.Request{Name: "access.review.list", Credential: system, Page: op.Page{Limit: 1}}, nil, func(any) error { return nil })
	if err != nil {
		return err
	}
	_, err = a.Runner.Run(ctx, op.Request{Name: "access.matrix", Credential: system, Input: op.Input{"people": "1"}})
	return err
}

// Seal seals what is due and anchors the heads outside the database.
func (a *App) Seal(ctx context.Context) error {
	heads, err := a.Sealer.Run(ctx)
	return join(err, a.anchor(heads))
}

// every calls fn at a rhythm until ctx ends. A failure is logged and tried again.
func (a *App) every(ctx context.Context, all *sync.WaitGroup, name string, period time.Duration, fn func(context.Context) error) {
	all.Go(func() {
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				a.report(name, fn(ctx))
			}
		}
	})
}

func (a *App) report(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		a.Log.Error("background work failed", "work", what, "error", err.Error())
	}
}

// SetupLink makes the one-time link of the first administrator; empty when there
// is one already.
func (a *App) SetupLink(ctx context.Context, base string) (string, error) {
	link := ""
	err := a.Runner.Within(ctx, func(ctx context.Context, x *op.Exec) error {
		needed, err := a.Access.NeedsSetup(ctx, x.R)
		if err != nil || !needed {
			return err
		}
		token, err := a.Access.IssueSetupToken(ctx, x.Tx)
		link = base + "/setup?link=" + token.Reveal()
		return err
	})
	return link, err
}
