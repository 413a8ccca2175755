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
	return BareTexts{Detail: detail, Response: `{"id":"8796093022300","version":12}`}.Write(ctx, tx, 1, subject, change, key)
}

// BareTexts are the detail of an audit row and the answer of its key.
type BareTexts struct{ Detail, Response string }

// BareTextsOf reads what a command that was carried out left with the record it changed.
func BareTextsOf(ctx context.Context, r db.Reader, kind string, id ID) (t BareTexts, err error) {
	_, err = db.ScanOne(ctx, r, `SELECT a.detail, k.response FROM audit a JOIN op_key k ON k.audit_id = a.id WHERE a.subject_kind = $1 AND a.subject_id = $2`,
		[]any{kind, id}, &t.Detail, &t.Response)
	return t, err
}

// Write is BareWrite by an actor with these texts.
func (t BareTexts) Write(ctx context.Context, tx db.Tx, actor, subject int64, change func(ctx context.Context, tx db.Tx) error, key string) error {
	if err := change(ctx, tx); err != nil {
		return err
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	row := auditRow{
		ID: id, RecordedAt: tx.Now(), Operation: "bench.floor", Outcome: Done, Channel: API, ActorID: actor, UnitID: subject, SubjectKind: "unit", SubjectID: subject,
		RequestID: key, Salt: make([]byte, saltBytes), Detail: t.Detail, Digest: make([]byte, 32),
	}
	if err := insertAudit(ctx, tx, row); err != nil {
		return err
	}
	m := &member{actor: Actor{UserID: actor}, key: key, def: &Def{Spec: Spec{Name: "bench.floor"}}, hash: make([]byte, 32)}
	return saveKey(ctx, tx, m, t.Response, Done, id)
}
