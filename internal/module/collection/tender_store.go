package collection

import (
	"context"
	"iter"
	"sync"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const kindColumns = `id, code, label, valid_from, account, transit_account, bank_account, settles, stamp_rate, gives_change, needs_reference, accepted,
	status, source, reason, actor_id, recorded_at`

func scanKind(rows db.Rows) (k TenderKind, err error) {
	err = rows.Scan(&k.ID, &k.Code, &k.Label, &k.ValidFrom, &k.Account, &k.Transit, &k.Bank, &k.Settles, &k.StampRate, &k.GivesChange, &k.NeedsReference,
		&k.Accepted, &k.Status, &k.Source, &k.Reason, &k.Actor, &k.RecordedAt)
	return k, err
}

// kindTopic is the revision of the kinds of tender.
const kindTopic = "tender_kind"

// kindMemory keeps the kinds in a process, under the revision at which they were read.
type kindMemory struct {
	mu       sync.Mutex
	known    bool
	revision int64
	rows     []TenderKind
}

func (k *kindMemory) at(revision int64) ([]TenderKind, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rows, k.known && k.revision == revision
}

func (k *kindMemory) keep(revision int64, rows []TenderKind) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.revision, k.rows = true, revision, rows
}

// kindsAt gives the kinds at a revision that the transaction has read. What is read is kept
// when no other transaction has changed it meanwhile.
func (m *Module) kindsAt(ctx context.Context, r db.Reader, revision int64) ([]TenderKind, error) {
	if rows, known := m.memory.at(revision); known {
		return rows, nil
	}
	rows, err := kindsOf(ctx, r)
	if err != nil {
		return nil, err
	}
	again, err := db.Value[int64](ctx, r, `SELECT COALESCE((SELECT n FROM revision WHERE topic = $1), 0)`, kindTopic)
	if err == nil && again == revision {
		m.memory.keep(revision, rows)
	}
	return rows, err
}

type kindsKey struct{}

// kindsOf reads every kind, once in a transaction.
func kindsOf(ctx context.Context, r db.Reader) ([]TenderKind, error) {
	if rows, known := db.Remembered[[]TenderKind](r, kindsKey{}); known {
		return rows, nil
	}
	rows, err := db.All(ctx, r, scanKind, `SELECT `+kindColumns+` FROM tender_kind ORDER BY code, valid_from`)
	if err == nil {
		db.Remember(r, kindsKey{}, rows)
	}
	return rows, err
}

// insertKind adds a kind from a day on; a second one of that day is Conflict
// "collection.tender_taken".
func insertKind(ctx context.Context, tx db.Tx, k *TenderKind) error {
	n, err := tx.Exec(ctx, `INSERT INTO tender_kind (`+kindColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (code, valid_from) DO NOTHING`,
		k.ID, k.Code, k.Label, k.ValidFrom, k.Account, k.Transit, k.Bank, k.Settles, k.StampRate, k.GivesChange, k.NeedsReference, k.Accepted, k.Status,
		k.Source, k.Reason, k.Actor, k.RecordedAt)
	if err == nil && n == 0 {
		return fault.InvalidField("valid_from", "collection.tender_taken", "code", k.Code, "date", k.ValidFrom)
	}
	if err != nil {
		return err
	}
	db.Remember(tx, kindsKey{}, nil)
	return db.Renew(ctx, tx, kindTopic)
}

func listKinds(ctx context.Context, x *op.Exec, in TenderFilter) iter.Seq2[TenderKind, error] {
	var w db.Where
	if in.Code != "" {
		w.And("code = ?", in.Code)
	}
	if !in.On.IsZero() {
		w.And(`accepted AND valid_from = (SELECT max(o.valid_from) FROM tender_kind o WHERE o.code = tender_kind.code AND o.valid_from <= ?)`, in.On)
	}
	order := x.Keyset(&w, map[string][]string{"code": {"code", "%valid_from"}})
	return db.Seq(ctx, x.R, scanKind, `SELECT `+kindColumns+` FROM tender_kind`+w.SQL()+order, w.Args()...)
}

// accountOpen says whether the chart has an ordinary account open on a day.
func accountOpen(ctx context.Context, r db.Reader, k *TenderKind, code string) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM gl_account WHERE code = $1 AND kind = 'ordinary' AND valid_from <= $2
		AND (valid_to IS NULL OR valid_to > $2)`, code, k.ValidFrom)
	return n > 0, err
}

// UsesAccount says whether money goes through an account: that of a kind of tender in force on
// a day or later, or the one of receipts that pay several accounts. It is a ledger.Use.
func UsesAccount(ctx context.Context, r db.Reader, code string, on day.Date) (bool, error) {
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM tender_kind k WHERE k.accepted AND (k.account = $1 OR k.transit_account = $1 OR k.bank_account = $1)
		AND NOT EXISTS (SELECT 1 FROM tender_kind o WHERE o.code = k.code AND o.valid_from > k.valid_from AND o.valid_from <= $2)`, code, on)
	return n > 0 || code == suspense, err
}
