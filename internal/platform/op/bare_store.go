package op

import (
	"context"

	"wasl/internal/platform/db"
)

// BareWrite is the floor the benchmark compares with: one change of a row with the
// key and audit rows any command writes, of the same sizes, and nothing of the
// program around it.
func BareWrite(ctx context.Context, tx db.Tx, change func(ctx context.Context, tx db.Tx) error, key string) error {
	if err := change(ctx, tx); err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	detail := `{"input":{"id":"8796093022300","version":12,"address":"` + key + `"},"changes":[{"kind":"unit","id":"8796093022300","label":"U00042",` +
		`"before":{"address":"","version":11},"after":{"address":"` + key + `","version":12}}]}`
	row := auditRow{
		ID: id, RecordedAt: tx.Now(), Operation: "bench.floor", Outcome: Done, Channel: API, ActorID: 1, UnitID: 1, SubjectKind: "unit", SubjectID: 1,
		RequestID: key, Salt: make([]byte, saltBytes), Detail: detail, Digest: make([]byte, 32),
	}
	if err := insertAudit(ctx, tx, row); err != nil {
		return err
	}
	m := &member{actor: Actor{UserID: 1}, key: key, def: &Def{Spec: Spec{Name: "bench.floor"}}, hash: make([]byte, 32)}
	return saveKey(ctx, tx, m, `{"id":"8796093022300","version":12}`, Done, id)
}
