package op

import (
	"context"
	"encoding/json"
	"time"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
)

// Consumer receives the events of a topic. Handle runs in the transaction that
// marks the event done, so its effect happens exactly once.
type Consumer struct {
	Topic  string
	Name   string
	Handle func(ctx context.Context, tx db.Tx, payload []byte) error
}

// Consume registers a consumer.
func (r *Registry) Consume(c Consumer) { r.consumers[c.Topic] = append(r.consumers[c.Topic], c) }

type event struct {
	topic   string
	payload any
}

// Emit tells consumers in other modules, after the commit, what happened. The
// payload is marshalled to JSON and must hold ids, not personal data.
func (x *Exec) Emit(topic string, payload any) {
	x.events = append(x.events, event{topic, payload})
}

// writeEvents stores one outbox row per event and consumer.
func (x *Exec) writeEvents(ctx context.Context, unit int64) error {
	for _, e := range x.events {
		body, err := json.Marshal(e.payload)
		if err != nil {
			return fault.Wrap(err, fault.Internal, "internal")
		}
		for _, c := range x.runner.Registry.consumers[e.topic] {
			if err := insertEvent(ctx, x.Tx, e.topic, c.Name, string(body), unit); err != nil {
				return err
			}
		}
	}
	return nil
}

// Outbox states.
const (
	// EventPending waits for its first or next attempt.
	EventPending = "pending"
	// EventDone was handled.
	EventDone = "done"
	// EventFailed was given up after EventAttempts; a person may retry it.
	EventFailed = "failed"
)

// EventAttempts is how often an event is tried before a person must look.
const EventAttempts = 8

// eventBackoff doubles from one second per attempt made.
func eventBackoff(attempts int64) time.Duration {
	return time.Second << min(attempts, 10)
}

// DispatchEvents hands at most n due events to their consumers, each in its own
// transaction, and says how many it took. One failing event delays no other.
func (r *Runner) DispatchEvents(ctx context.Context, n int) (int, error) {
	var due []outboxRow
	err := r.DB.Read(ctx, func(ctx context.Context, rd db.Reader) (err error) {
		due, err = dueEvents(ctx, rd, n)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, e := range due {
		if err := r.deliver(ctx, e); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

// deliver runs one event's consumer and marks it, or records why it failed.
func (r *Runner) deliver(ctx context.Context, e outboxRow) error {
	err := r.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
		taken, err := markEventDone(ctx, tx, e)
		if err != nil || !taken {
			return err
		}
		for _, c := range r.Registry.consumers[e.Topic] {
			if c.Name == e.Consumer {
				return c.Handle(ctx, tx, []byte(e.Payload))
			}
		}
		return fault.New(fault.Internal, "outbox.no_consumer", "consumer", e.Consumer)
	})
	if err == nil || ctx.Err() != nil {
		return err
	}
	if r.Log != nil {
		r.Log.Warn("outbox event failed", "event", e.ID, "topic", e.Topic, "consumer", e.Consumer, "error", err.Error())
	}
	return r.DB.Write(ctx, db.WriteOptions{Keyed: true}, func(ctx context.Context, tx db.Tx) error {
		return markEventFailed(ctx, tx, e, fault.CodeOf(err))
	})
}
