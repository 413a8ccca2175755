package op

import (
	"context"
	"iter"
	"time"

	"wasl/internal/platform/db"
)

// outboxRow is one event for one consumer.
type outboxRow struct {
	ID       int64
	Topic    string
	Consumer string
	Payload  string
	Attempts int64
}

func insertEvent(ctx context.Context, tx db.Tx, topic, consumer, payload string, unit int64) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx,
		`INSERT INTO outbox (id, topic, consumer, payload, unit_id, recorded_at, state, attempts, next_at, error)
		 VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, $6, '')`,
		id, topic, consumer, payload, unit, tx.Now())
	return err
}

func dueEvents(ctx context.Context, r db.Reader, n int) ([]outboxRow, error) {
	return db.All(ctx, r, func(rows db.Rows) (e outboxRow, err error) {
		err = rows.Scan(&e.ID, &e.Topic, &e.Consumer, &e.Payload, &e.Attempts)
		return e, err
	}, `SELECT id, topic, consumer, payload, attempts FROM outbox
	    WHERE state = 'pending' AND next_at <= $1 ORDER BY next_at, id LIMIT $2`, r.Now(), n)
}

// markEventDone takes the event; false when another process already did.
func markEventDone(ctx context.Context, tx db.Tx, e outboxRow) (bool, error) {
	n, err := tx.Exec(ctx,
		`UPDATE outbox SET state = 'done', done_at = $1, attempts = attempts + 1, error = ''
		 WHERE id = $2 AND state = 'pending' AND attempts = $3`, tx.Now(), e.ID, e.Attempts)
	return n == 1, err
}

func markEventFailed(ctx context.Context, tx db.Tx, e outboxRow, code string) error {
	state := EventPending
	if e.Attempts+1 >= EventAttempts {
		state = EventFailed
	}
	_, err := tx.Exec(ctx,
		`UPDATE outbox SET state = $1, attempts = attempts + 1, next_at = $2, error = $3
		 WHERE id = $4 AND state = 'pending' AND attempts = $5`,
		state, tx.Now().Add(eventBackoff(e.Attempts)), code, e.ID, e.Attempts)
	return err
}

// OutboxEntry is one event as shown.
type OutboxEntry struct {
	ID         ID        `json:"id"`
	RecordedAt time.Time `json:"recorded_at,omitzero"`
	Topic      string    `json:"topic"`
	Consumer   string    `json:"consumer"`
	State      OutState  `json:"state"`
	Attempts   int64     `json:"attempts"`
	NextAt     time.Time `json:"next_at,omitzero"`
	Error      string    `json:"error"`
}

// PageKey is the row's place in its list.
func (e OutboxEntry) PageKey(string) []string { return []string{e.ID.String()} }

func outboxEntries(ctx context.Context, x *Exec, state OutState) iter.Seq2[OutboxEntry, error] {
	var w db.Where
	if state != "" {
		w.And("state = ?", state)
	}
	x.Filter(&w, "unit_id")
	order := x.Keyset(&w, map[string][]string{"id": {"#id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (e OutboxEntry, err error) {
		err = rows.Scan(&e.ID, &e.RecordedAt, &e.Topic, &e.Consumer, &e.State, &e.Attempts, &e.NextAt, &e.Error)
		return e, err
	}, `SELECT id, recorded_at, topic, consumer, state, attempts, next_at, error FROM outbox`+w.SQL()+order, w.Args()...)
}

// outboxUnit is the unit of an event and whether it has failed.
func outboxUnit(ctx context.Context, r db.Reader, id ID) (unit int64, failed, found bool, err error) {
	var state string
	found, err = db.ScanOne(ctx, r, `SELECT unit_id, state FROM outbox WHERE id = $1`, []any{id}, &unit, &state)
	return unit, state == EventFailed, found, err
}

func reviveEvent(ctx context.Context, tx db.Tx, id ID) error {
	_, err := tx.Exec(ctx,
		`UPDATE outbox SET state = 'pending', attempts = 0, next_at = $1 WHERE id = $2 AND state = 'failed'`, tx.Now(), id)
	return err
}
