package ledger

import (
	"context"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Status of a set of rules.
type Status string

// The statuses.
const (
	Draft  Status = "draft"
	Active Status = "active"
)

// EnumName is the prefix of the texts.
func (Status) EnumName() string { return "ledger_rule_status" }

// EnumValues are the statuses.
func (Status) EnumValues() []string { return []string{string(Draft), string(Active)} }

// RuleSet is the whole of the rules of one entity, or of all, from a day on.
type RuleSet struct {
	ID    op.ID  `json:"id"`
	Label string `json:"label"`
	// Entity is whose rules they are; 0 is every entity that has none of its own.
	Entity op.ID `json:"entity" out:"ref=entity"`
	// ValidFrom is the first day; they hold until the next active set.
	ValidFrom day.Date `json:"valid_from"`
	Status    Status   `json:"status"`
	// Liaison is the account of what one unit owes another.
	Liaison string `json:"liaison"`
	// SHA256 is that of the lines as text.
	SHA256 string `json:"sha256"`
	Reason string `json:"reason"`
	Actor  op.ID  `json:"actor" out:"ref=user"`
	// RecordedAt is zero for what came with the program.
	RecordedAt  time.Time `json:"recorded_at"`
	ActivatedBy op.ID     `json:"activated_by" out:"ref=user"`
	Version     int64     `json:"version"`
	Rules       Rules     `json:"-"`
}

// ruleTopic is the revision that is renewed when a set becomes active.
const ruleTopic = "ledger.rules"

// rulesOn gives the set in force for an entity on a day: its own latest, else the
// latest of all entities. None is Precondition "ledger.rules_none".
func (m *Module) rulesOn(ctx context.Context, r db.Reader, entity op.ID, on day.Date) (RuleSet, error) {
	sets, err := m.active(ctx, r)
	if err != nil {
		return RuleSet{}, err
	}
	for _, owner := range []op.ID{entity, 0} {
		for _, s := range sets {
			if s.Entity == owner && !s.ValidFrom.After(on) {
				return s, nil
			}
		}
	}
	return RuleSet{}, fault.New(fault.Precondition, "ledger.rules_none", "date", on)
}
