package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/op"
)

// DrillOptions of the drill of operations (reliability page, R2).
type DrillOptions struct {
	// Program is the path of the program itself; it is started and killed.
	Program string
	// Args come before "serve": the database and the data folder.
	Args []string
	// Clients write at once; 16 when 0.
	Clients int
	// Kills is how often the server is killed; 20 when 0.
	Kills int
	// Seed makes the pauses between kills repeatable.
	Seed uint64
}

// DrillResult is what a drill found.
type DrillResult struct {
	Engine  string `json:"engine"`
	Clients int    `json:"clients"`
	Kills   int    `json:"kills"`
	// Cuts are the connections cut by the drill of payments.
	Cuts    int64         `json:"cuts,omitempty"`
	Acked   int64         `json:"acknowledged"`
	Retried int64         `json:"retried"`
	Replays int64         `json:"replayed"`
	Lost    int64         `json:"lost"`
	Double  int64         `json:"double"`
	Checks  []CheckResult `json:"checks"`
}

const (
	drillClients = 16
	drillKills   = 20
	killAfterMin = 150 * time.Millisecond
	killAfterMax = 900 * time.Millisecond
	drillRetry   = 30 * time.Millisecond
	drillPatient = 60 * time.Second
	serverStarts = 20 * time.Second
)

// drill is one run: clients that write with keys while the server dies.
type drill struct {
	app     *App
	opt     DrillOptions
	token   string
	units   []op.ID
	base    atomic.Value // string: the address of the server alive now
	client  *http.Client
	acked   []int64 // by client
	keys    [][]string
	retried atomic.Int64
	replays atomic.Int64
	faults  atomic.Value // error
}

// Drill kills a server again and again while clients write with keys and retries,
// then checks that every acknowledged change is there exactly once. The database
// must be empty: the drill fills it.
func (a *App) Drill(ctx context.Context, o DrillOptions, log io.Writer) (DrillResult, error) {
	if o.Clients == 0 {
		o.Clients = drillClients
	}
	if o.Kills == 0 {
		o.Kills = drillKills
	}
	d := &drill{app: a, opt: o, acked: make([]int64, o.Clients), keys: make([][]string, o.Clients)}
	d.client = &http.Client{Timeout: serverStarts, Transport: &http.Transport{MaxIdleConnsPerHost: o.Clients}}
	d.base.Store("")
	if err := d.prepare(ctx); err != nil {
		return DrillResult{}, err
	}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range o.Clients {
		clients.Go(func() { d.write(ctx, i, stop) })
	}
	err := d.killing(ctx, log, func() {
		close(stop)
		clients.Wait()
	})
	if err == nil {
		err, _ = d.faults.Load().(error)
	}
	if err != nil {
		return DrillResult{}, err
	}
	return d.result(ctx)
}

// prepare fills the database, gives each client a unit of its own and makes the
// token they share.
func (d *drill) prepare(ctx context.Context) error {
	w := &demo{app: d.app, out: io.Discard, units: map[string]op.ID{}, users: map[string]op.ID{}, roles: map[string]op.ID{}}
	if err := w.setup(ctx); err != nil {
		return err
	}
	if err := w.importUnits(ctx, "drill.csv", demoUnits); err != nil {
		return err
	}
	if err := w.moreUnits(ctx, len(w.units)+d.opt.Clients*2); err != nil {
		return err
	}
	for code, id := range w.units {
		if strings.HasPrefix(code, "U") && len(d.units) < d.opt.Clients {
			d.units = append(d.units, id)
		}
	}
	res, err := w.run(ctx, demoAdmin, "me.token_add", "name", "drill", "expires_on", d.app.Today().AddDays(2).String())
	if err != nil {
		return err
	}
	for _, c := range d.app.Registry.Find("me.token_add").Columns {
		if c.Secret {
			d.token, _ = c.Value(res.Out).(string)
		}
	}
	return nil
}

// killing starts the server and kills it, until the last time, when it lets the
// clients finish.
func (d *drill) killing(ctx context.Context, log io.Writer, finish func()) error {
	pauses := rand.New(rand.NewPCG(d.opt.Seed, 1)) //nolint:gosec // a repeatable schedule, not a secret
	for round := 0; ; round++ {
		server, err := d.start(ctx)
		if err != nil {
			finish()
			return err
		}
		if round == d.opt.Kills {
			finish()
			return errors.Join(server.Process.Kill(), ignoreExit(server.Wait()))
		}
		pause := killAfterMin + time.Duration(pauses.Int64N(int64(killAfterMax-killAfterMin)))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		d.base.Store("")
		if err := errors.Join(server.Process.Kill(), ignoreExit(server.Wait()), ctx.Err()); err != nil {
			finish()
			return err
		}
		if _, err := fmt.Fprintf(log, "kill %d/%d after %d ms, %d acknowledged\n", round+1, d.opt.Kills, pause.Milliseconds(), d.total()); err != nil {
			return err
		}
	}
}

// ignoreExit drops the error of a process that was killed on purpose.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// start starts a server and waits for the address it prints.
func (d *drill) start(ctx context.Context) (*exec.Cmd, error) {
	args := append([]string{"serve", "--listen", "127.0.0.1:0"}, d.opt.Args...)
	server := exec.CommandContext(ctx, d.opt.Program, args...) //nolint:gosec // the program starts itself
	out, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var errs bytes.Buffer
	server.Stderr = &errs
	if err := server.Start(); err != nil {
		return nil, err
	}
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if i := strings.Index(lines.Text(), "http://127.0.0.1:"); i >= 0 {
				address, _, _ := strings.Cut(lines.Text()[i:], " ")
				found <- strings.TrimRight(address, "/")
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case address := <-found:
		d.base.Store(address)
		return server, nil
	case <-time.After(serverStarts):
		return nil, errors.Join(fault.New(fault.Unavailable, "drill.no_server", "output", errs.String()), server.Process.Kill(), ignoreExit(server.Wait()))
	}
}

// write is one client: it changes its own unit once per key, and repeats a key
// until it gets an answer.
func (d *drill) write(ctx context.Context, i int, stop <-chan struct{}) {
	version := int64(1)
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		default:
		}
		key := fmt.Sprintf("drill-%d-%d", i, n)
		if err := d.once(ctx, i, key, version); err != nil {
			d.faults.CompareAndSwap(nil, fmt.Errorf("client %d, key %s: %w", i, key, err))
			return
		}
		version++
		d.keys[i] = append(d.keys[i], key)
		atomic.AddInt64(&d.acked[i], 1)
	}
}

// once sends one key until the server says that it is done.
func (d *drill) once(ctx context.Context, i int, key string, version int64) error {
	body, err := json.Marshal(map[string]any{"version": version, "address": "drill " + key})
	if err != nil {
		return err
	}
	return d.until(ctx, func() (int, string, error) {
		base, _ := d.base.Load().(string)
		return d.post(ctx, base, d.token, "/api/v1/org/units/"+d.units[i].String(), key, body)
	})
}

// until repeats a request until the server says that it is done.
func (d *drill) until(ctx context.Context, try func() (status int, answer string, err error)) error {
	deadline := d.app.opt.Now().Add(drillPatient)
	for {
		status, answer, err := try()
		if err == nil && (status == http.StatusOK || status == http.StatusCreated) {
			return nil
		}
		if err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests {
			return fault.New(fault.Conflict, "drill.refused", "status", strconv.Itoa(status), "answer", answer)
		}
		if d.app.opt.Now().After(deadline) {
			return fault.Wrap(err, fault.Unavailable, "drill.patience", "status", strconv.Itoa(status))
		}
		d.retried.Add(1)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(drillRetry):
		}
	}
}

func (d *drill) post(ctx context.Context, base, token, path, key string, body []byte) (int, string, error) {
	if base == "" {
		return 0, "", fault.New(fault.Unavailable, "drill.down")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := d.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if res.Header.Get("Idempotency-Replayed") != "" {
		d.replays.Add(1)
	}
	return res.StatusCode, string(answer), err
}

func (d *drill) total() (n int64) {
	for i := range d.acked {
		n += atomic.LoadInt64(&d.acked[i])
	}
	return n
}

// result compares each unit's version with the changes acknowledged: one more for
// each, never less (lost), never more (double), and verifies the database.
func (d *drill) result(ctx context.Context) (DrillResult, error) {
	res := DrillResult{
		Engine: string(d.app.DB.Engine()), Clients: d.opt.Clients, Kills: d.opt.Kills, Acked: d.total(), Retried: d.retried.Load(), Replays: d.replays.Load(),
	}
	w := &demo{app: d.app}
	show := d.app.Registry.Find("org.unit.show")
	var keys []string
	for i, unit := range d.units {
		got, err := w.run(ctx, demoAdmin, "org.unit.show", "id", unit.String())
		if err != nil {
			return res, err
		}
		changes := intOf(show, got.Out, "version") - 1
		res.Lost += max(d.acked[i]-changes, 0)
		res.Double += max(changes-d.acked[i], 0)
		keys = append(keys, d.keys[i]...)
	}
	var err error
	res.Checks, err = d.app.Verify(ctx, keys)
	return res, err
}
