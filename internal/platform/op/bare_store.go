package op

import (
	"context"

	"wasl/internal/platform/db"
)

// BareWrite is the floor the benchmark compares with: one change of a row with the
// key and audit rows any command writes, of the same sizes, and nothing of the
// program around it. The subject is the record changed: the rows of different
// records stand in different pages of the audit's index.
func BareWrite(ctx context.Context, tx db.Tx, subject int64, change func(ctx context.Context, tx db.Tx) error, key string) error {
	detail := `{"input":{"id":"8796093022300","version":1000,"name":null,"short_name":null,"kind":null,"address":"` + key + `","phone":null,"email":null},` +
		`"changes":[{"kind":"unit","id":"8796093022300","label":"ZC00042 Centre Zaouiat",` +
		`"before":{"address":"` + key + `","version":1000},"after":{"address":"` + key + `","version":1001}}]}`
	return BareRows(ctx, tx, subject, change, key, detail, `{"id":"8796093022300","version":12}`)
}

// BareRows is BareWrite with the detail of its audit row and the answer of its key.
func BareRows(ctx context.Context, tx db.Tx, subject int64, change func(ctx context.Context, tx db.Tx) error, key, detail, response string) error {
	if err := change(ctx, tx); err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	row := auditRow{
		ID: id, RecordedAt: tx.Now(), Operation: "bench.floor", Outcome: Done, Channel: API, ActorID: 1, UnitID: subject, SubjectKind: "unit", SubjectID: subject,
		RequestID: key, Salt: make([]byte, saltBytes), Detail: detail, Digest: make([]byte, 32),
	}
	if err := insertAudit(ctx, tx, row); err != nil {
		return err
	}
	m := &member{actor: Actor{UserID: 1}, key: key, def: &Def{Spec: Spec{Name: "bench.floor"}}, hash: make([]byte, 32)}
	return saveKey(ctx, tx, m, response, Done, id)
}
