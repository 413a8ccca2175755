package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const grantColumns = `g.id, g.user_id, g.role_id, g.unit_id, g.valid_from, g.valid_to, g.amount_limit, g.reason, g.end_reason, g.version, g.reviewed_on`

func (g *Grant) scan() []any {
	return []any{&g.ID, &g.User, &g.Role, &g.Unit, &g.ValidFrom, &g.ValidTo, &g.Limit, &g.Reason, &g.EndReason, &g.Version, &g.ReviewedOn}
}

func scanGrant(rows db.Rows) (g Grant, err error) {
	err = rows.Scan(g.scan()...)
	return g, err
}

func insertGrant(ctx context.Context, tx db.Tx, g Grant) error {
	_, err := tx.Exec(ctx,
		`INSERT INTO access_grant (id, user_id, role_id, unit_id, valid_from, valid_to, amount_limit, reason, end_reason, version, recorded_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		g.ID, g.User, g.Role, g.Unit, g.ValidFrom, g.ValidTo, g.Limit, g.Reason, g.EndReason, g.Version, tx.Now())
	return err
}

// findGrant reads a grant; NotFound "grant.unknown".
func findGrant(ctx context.Context, r db.Reader, id op.ID) (Grant, error) {
	g, err := db.One(ctx, r, scanGrant, `SELECT `+grantColumns+` FROM access_grant g WHERE g.id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "grant.unknown", "id", id)
	}
	return g, err
}

// endGrant sets the last day of a grant; Conflict "row.stale".
func endGrant(ctx context.Context, tx db.Tx, g Grant) error {
	n, err := tx.Exec(ctx,
		`UPDATE access_grant SET valid_to = $1, end_reason = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		g.ValidTo, g.EndReason, g.ID, g.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "row.stale", "given", g.Version)
	}
	return err
}

// endGrantsOf ends what a user holds after a last day.
func endGrantsOf(ctx context.Context, tx db.Tx, user op.ID, last day.Date, reason string) error {
	_, err := tx.Exec(ctx,
		`UPDATE access_grant SET valid_to = $1, end_reason = $2, version = version + 1
		 WHERE user_id = $3 AND (valid_to IS NULL OR valid_to > $1)`, last, reason, user)
	return err
}

// grantsOf gives the grants of a user that hold on a date or later.
func grantsOf(ctx context.Context, r db.Reader, user op.ID, on day.Date) ([]Grant, error) {
	return db.All(ctx, r, scanGrant,
		`SELECT `+grantColumns+` FROM access_grant g
		 WHERE g.user_id = $1 AND (g.valid_to IS NULL OR g.valid_to >= $2 AND g.valid_to >= g.valid_from) ORDER BY g.id`, user, on)
}

// unitsGranted gives the units a user holds a role over, on a date or later.
func unitsGranted(ctx context.Context, r db.Reader, user op.ID, on day.Date) ([]int64, error) {
	grants, err := grantsOf(ctx, r, user, on)
	return unitsOf(grants), err
}

// openGrants is the number of grants of a role that hold today or later.
func openGrants(ctx context.Context, r db.Reader, role op.ID, on day.Date) (int64, error) {
	return db.Value[int64](ctx, r,
		`SELECT count(*) FROM access_grant WHERE role_id = $1 AND (valid_to IS NULL OR valid_to >= $2 AND valid_to >= valid_from)`, role, on)
}

// administrators is the number of active users who may grant at the top on a date.
func administrators(ctx context.Context, r db.Reader, top int64, on day.Date) (int64, error) {
	return db.Value[int64](ctx, r,
		`SELECT count(DISTINCT g.user_id) FROM access_grant g JOIN access_role_right rr ON rr.role_id = g.role_id JOIN app_user u ON u.id = g.user_id
		 WHERE g.unit_id = $1 AND rr.right_name = 'access.grant.add' AND u.state = 'active'
		   AND g.valid_from <= $2 AND (g.valid_to IS NULL OR g.valid_to >= $2)`, top, on)
}

func listGrants(ctx context.Context, x *op.Exec, in GrantFilter) iter.Seq2[GrantRow, error] {
	var w db.Where
	if in.User != 0 {
		w.And("g.user_id = ?", in.User)
	}
	if in.Role != 0 {
		w.And("g.role_id = ?", in.Role)
	}
	if in.Unit != 0 {
		w.And("g.unit_id = ?", in.Unit)
	}
	if in.Right != "" {
		w.And("EXISTS (SELECT 1 FROM access_role_right f WHERE f.role_id = g.role_id AND f.right_name = ?)", in.Right)
	}
	if !in.On.IsZero() {
		validOn(&w, in.On)
	}
	x.Filter(&w, "g.unit_id")
	order := x.Keyset(&w, map[string][]string{"login": {"u.login", "#g.id"}, "valid_from": {"%g.valid_from", "#g.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (g GrantRow, err error) {
		err = rows.Scan(append(g.Grant.scan(), &g.Login, &g.Name, &g.RoleName)...)
		return g, err
	}, `SELECT `+grantColumns+`, u.login, u.name, ar.name
	    FROM access_grant g JOIN app_user u ON u.id = g.user_id JOIN access_role ar ON ar.id = g.role_id`+w.SQL()+order, w.Args()...)
}

// validOn adds that a grant holds on a date.
func validOn(w *db.Where, on day.Date) {
	w.And("g.valid_from <= ?", on)
	w.And("(g.valid_to IS NULL OR g.valid_to >= ?)", on)
}
