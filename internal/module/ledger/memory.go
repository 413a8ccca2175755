package ledger

import (
	"context"
	"sync"

	"wasl/internal/module/org"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// memory keeps in a process what every posting stands on and what seldom changes:
// the active sets of rules and the fiscal parameters of the entities, each under
// the revision at which it was read. Revisions are renewed (db.Renew), so a
// transaction that changed them sees its own, and what it read is of no use to
// others when it is undone.
type memory struct {
	mu     sync.Mutex
	rules  kept[[]RuleSet]
	fiscal kept[map[op.ID][]org.FiscalValue]
}

// kept is a value with the revision it belongs to.
type kept[T any] struct {
	known    bool
	revision int64
	value    T
}

// active gives the active sets, latest first, as the transaction sees them.
func (m *Module) active(ctx context.Context, r db.Reader) ([]RuleSet, error) {
	revision, err := revisionOf(ctx, r, ruleTopic)
	if err != nil {
		return nil, err
	}
	m.memory.mu.Lock()
	k := m.memory.rules
	m.memory.mu.Unlock()
	if k.known && k.revision == revision {
		return k.value, nil
	}
	sets, err := activeSets(ctx, r)
	if err != nil {
		return nil, err
	}
	return sets, ifStill(ctx, r, ruleTopic, revision, func() {
		m.memory.mu.Lock()
		defer m.memory.mu.Unlock()
		m.memory.rules = kept[[]RuleSet]{true, revision, sets}
	})
}

// fiscalHistory gives the fiscal parameters of an entity, latest first.
func (m *Module) fiscalHistory(ctx context.Context, r db.Reader, entity op.ID) ([]org.FiscalValue, error) {
	revision, err := revisionOf(ctx, r, org.FiscalTopic)
	if err != nil {
		return nil, err
	}
	if list, known := m.memory.fiscalAt(revision, entity); known {
		return list, nil
	}
	list, err := org.FiscalHistory(ctx, r, int64(entity))
	if err != nil {
		return nil, err
	}
	return list, ifStill(ctx, r, org.FiscalTopic, revision, func() { m.memory.keepFiscal(revision, entity, list) })
}

func (m *memory) fiscalAt(revision int64, entity op.ID) ([]org.FiscalValue, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.fiscal.known || m.fiscal.revision != revision {
		return nil, false
	}
	list, known := m.fiscal.value[entity]
	return list, known
}

func (m *memory) keepFiscal(revision int64, entity op.ID, list []org.FiscalValue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.fiscal.known || m.fiscal.revision != revision {
		m.fiscal = kept[map[op.ID][]org.FiscalValue]{true, revision, map[op.ID][]org.FiscalValue{}}
	}
	m.fiscal.value[entity] = list
}

// revisionOf gives the revision of a topic, read once in a transaction.
func revisionOf(ctx context.Context, r db.Reader, topic string) (int64, error) {
	if n, known := db.Remembered[int64](r, db.RevisionOf(topic)); known {
		return n, nil
	}
	if err := foresee(r, 1).read(ctx, r); err != nil {
		return 0, err
	}
	n, _ := db.Remembered[int64](r, db.RevisionOf(topic))
	return n, nil
}

// ifStill keeps what was read under a revision, unless another transaction has
// changed it meanwhile: on PostgreSQL a writer sees that between two statements.
func ifStill(ctx context.Context, r db.Reader, topic string, revision int64, keep func()) error {
	again, err := readRevision(ctx, r, topic)
	if err != nil {
		return err
	}
	if again == revision {
		keep()
	} else {
		db.Remember(r, db.RevisionOf(topic), nil) // the next question reads it anew
	}
	return nil
}
