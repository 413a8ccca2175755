package access

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// activeOn leaves out who may not work. States have no history: for a day of
// the past everybody counts who held something then.
func activeOn(w *db.Where, today, on day.Date) {
	if !on.Before(today) {
		w.And("u.state = 'active'")
	}
}

// readHolders reads people by name with their grants.
func readHolders(ctx context.Context, r db.Reader, w *db.Where) ([]holder, error) {
	var out []holder
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var u User
		var g Grant
		if err := rows.Scan(append(u.scan(), g.scan()...)...); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].user.ID != u.ID {
			out = append(out, holder{user: u})
		}
		last := &out[len(out)-1]
		last.grants = append(last.grants, g)
		return nil
	}, `SELECT `+userColumns+`, `+grantColumns+` FROM access_grant g JOIN app_user u ON u.id = g.user_id`+w.SQL()+` ORDER BY u.name, u.id, g.id`, w.Args()...)
	return out, err
}

// usersAsked reads some people who may work.
func usersAsked(ctx context.Context, x *op.Exec, ids []int64, on day.Date) ([]User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var w db.Where
	w.In("u.id", ids)
	activeOn(&w, x.Today, on)
	return db.All(ctx, x.R, scanUser, `SELECT `+userColumns+` FROM app_user u`+w.SQL()+` ORDER BY u.id`, w.Args()...)
}

// rightsOfRoles is what some roles give together.
func rightsOfRoles(ids []string, roles map[int64][]string) map[string]bool {
	out := map[string]bool{}
	for _, text := range ids {
		for _, right := range roles[int64(idOf(text))] {
			out[right] = true
		}
	}
	return out
}

// waitingMax bounds the proposals shown in the matrix.
const waitingMax = 500

// waitingGrants gives the proposals to grant over a unit of the scope, the
// oldest first.
func waitingGrants(ctx context.Context, x *op.Exec, on day.Date) ([]waitingGrant, error) {
	var w db.Where
	w.And("operation = 'access.grant.add' AND state = 'waiting'")
	w.And("expires_at > ?", x.Now)
	x.Places().Filter(&w, "unit_id", op.Scope{Roots: x.ScopeOf().Roots, On: on})
	limit := w.Arg(waitingMax)
	return db.All(ctx, x.R, func(rows db.Rows) (waitingGrant, error) {
		var id op.ID
		var input string
		if err := rows.Scan(&id, &input); err != nil {
			return waitingGrant{}, err
		}
		return readWaiting(id, input)
	}, `SELECT id, input FROM proposal`+w.SQL()+` ORDER BY proposed_at, id LIMIT `+limit, w.Args()...)
}
