package access

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// grantUnits gives every unit somebody holds a role over on a date.
func grantUnits(ctx context.Context, r db.Reader, on day.Date) ([]int64, error) {
	return db.All(ctx, r, func(rows db.Rows) (unit int64, err error) {
		err = rows.Scan(&unit)
		return unit, err
	}, `SELECT DISTINCT unit_id FROM access_grant WHERE valid_from <= $1 AND (valid_to IS NULL OR valid_to >= $1) ORDER BY unit_id`, on)
}

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

// matrixUsers gives at most n users of the matrix after a user, by name: those with
// a grant in reach and those somebody asks one for.
func matrixUsers(ctx context.Context, x *op.Exec, in MatrixInput, reach func(*db.Where), asked []int64, n int) ([]User, error) {
	var w db.Where
	w.Or(reach, func(w *db.Where) { w.In("u.id", asked) })
	activeOn(&w, x.Today, orToday(x, in.On))
	if in.Search != "" {
		w.And(`u.search LIKE ? ESCAPE '\'`, likePattern(in.Search))
	}
	if in.After != 0 {
		last, err := findUser(ctx, x.R, in.After)
		if err != nil {
			return nil, err
		}
		w.After([]string{"u.name", "u.id"}, []any{last.Name, last.ID}, false)
	}
	limit := w.Arg(n)
	return db.All(ctx, x.R, scanUser,
		`SELECT DISTINCT `+userColumns+` FROM app_user u LEFT JOIN access_grant g ON g.user_id = u.id`+w.SQL()+` ORDER BY u.name, u.id LIMIT `+limit, w.Args()...)
}

// countHolders gives the number of people per right, and of people in all. Many
// people share few combinations of roles, so rights are counted per combination.
func countHolders(ctx context.Context, x *op.Exec, on day.Date, reach func(*db.Where)) (byRight map[string]int64, people int64, err error) {
	roles, err := roleRights(ctx, x.R)
	if err != nil {
		return nil, 0, err
	}
	var w db.Where
	reach(&w)
	activeOn(&w, x.Today, on)
	combinations, user, combination := map[string]int64{}, int64(0), ""
	err = db.Each(ctx, x.R, func(rows db.Rows) error {
		var next, role int64
		if err := rows.Scan(&next, &role); err != nil {
			return err
		}
		if next != user {
			combinations[combination]++
			user, combination = next, ""
			people++
		}
		combination += strconv.FormatInt(role, 10) + " "
		return nil
	}, `SELECT DISTINCT g.user_id, g.role_id FROM access_grant g JOIN app_user u ON u.id = g.user_id`+w.SQL()+` ORDER BY g.user_id, g.role_id`, w.Args()...)
	if err != nil {
		return nil, 0, err
	}
	combinations[combination]++
	byRight = map[string]int64{}
	for text, n := range combinations {
		for right := range rightsOfRoles(strings.Fields(text), roles) {
			byRight[right] += n
		}
	}
	return byRight, people, nil
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

// listHeld is one row per person, right and grant.
func listHeld(ctx context.Context, x *op.Exec, in MatrixFilter, reach func(*db.Where), finish func(*HeldRight)) iter.Seq2[HeldRight, error] {
	var w db.Where
	reach(&w)
	activeOn(&w, x.Today, orToday(x, in.On))
	if in.User != 0 {
		w.And("g.user_id = ?", in.User)
	}
	if in.Right != "" {
		w.And("rr.right_name = ?", in.Right)
	}
	order := x.Keyset(&w, map[string][]string{"login": {"u.login", "rr.right_name", "#g.id"}})
	return db.Seq(ctx, x.R, func(rows db.Rows) (h HeldRight, err error) {
		err = rows.Scan(&h.User, &h.Login, &h.Name, &h.Function, &h.Home, &h.Right, &h.RoleName, &h.Grant, &h.Unit, &h.Limit, &h.ValidFrom, &h.ValidTo)
		finish(&h)
		return h, err
	}, `SELECT u.id, u.login, u.name, u.function_title, u.unit_id, rr.right_name, ar.name, g.id, g.unit_id, g.amount_limit, g.valid_from, g.valid_to
	    FROM access_grant g JOIN app_user u ON u.id = g.user_id JOIN access_role ar ON ar.id = g.role_id
	    JOIN access_role_right rr ON rr.role_id = g.role_id`+w.SQL()+order, w.Args()...)
}
