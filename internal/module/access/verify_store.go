package access

import (
	"context"

	"wasl/internal/kernel/day"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Check is the invariant ACCESS of wasl verify: grants, sessions and tokens
// refer to what exists; names of rights exist; an organisation has an
// administrator; who may not work has no live session.
func (m *Module) Check() op.Check {
	return op.Check{Name: "ACCESS", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		for _, part := range []func(context.Context, db.Reader, *op.Report) error{
			orphans, m.unknownRights, m.missingUnits, m.noAdministrator, m.strangeSessions,
		} {
			if err := part(ctx, r, &rep); err != nil {
				return rep, err
			}
		}
		return rep, nil
	}}
}

// orphans are rows that refer to nothing.
func orphans(ctx context.Context, r db.Reader, rep *op.Report) error {
	for _, q := range []struct{ code, sql string }{
		{"access.grant_user", `SELECT g.id FROM access_grant g LEFT JOIN app_user u ON u.id = g.user_id WHERE u.id IS NULL ORDER BY g.id`},
		{"access.grant_role", `SELECT g.id FROM access_grant g LEFT JOIN access_role a ON a.id = g.role_id WHERE a.id IS NULL ORDER BY g.id`},
		{"access.session_user", `SELECT s.id FROM user_session s LEFT JOIN app_user u ON u.id = s.user_id WHERE u.id IS NULL ORDER BY s.id`},
		{"access.token_user", `SELECT t.id FROM api_token t LEFT JOIN app_user u ON u.id = t.user_id WHERE u.id IS NULL ORDER BY t.id`},
		{"access.right_role", `SELECT DISTINCT x.role_id FROM access_role_right x LEFT JOIN access_role a ON a.id = x.role_id WHERE a.id IS NULL ORDER BY x.role_id`},
	} {
		err := db.Each(ctx, r, func(rows db.Rows) error {
			var id op.ID
			err := rows.Scan(&id)
			rep.Found(q.code, "row", id)
			return err
		}, q.sql)
		if err != nil {
			return err
		}
	}
	n, err := db.Value[int64](ctx, r, `SELECT count(*) FROM access_grant`)
	rep.Count += n
	return err
}

// unknownRights are rights of roles that no operation brings: they give
// nothing, so they are a note.
func (m *Module) unknownRights(ctx context.Context, r db.Reader, rep *op.Report) error {
	known := map[string]bool{}
	for _, right := range m.registry.Rights() {
		known[right] = true
	}
	return db.Each(ctx, r, func(rows db.Rows) error {
		var right string
		err := rows.Scan(&right)
		if err == nil && !known[right] {
			rep.Note("access.right_unknown", "right", right)
		}
		return err
	}, `SELECT DISTINCT right_name FROM access_role_right ORDER BY right_name`)
}

// missingUnits are units of grants and users that the organisation does not know.
func (m *Module) missingUnits(ctx context.Context, r db.Reader, rep *op.Report) error {
	units, err := db.All(ctx, r, func(rows db.Rows) (id int64, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT unit_id FROM access_grant UNION SELECT unit_id FROM app_user ORDER BY unit_id`)
	if err != nil {
		return err
	}
	cards, err := m.o.Units.Cards(ctx, r, units, day.Of(r.Now()))
	for _, id := range units {
		if _, known := cards[id]; !known && err == nil {
			rep.Found("access.unit_unknown", "unit", op.ID(id))
		}
	}
	return err
}

// noAdministrator: once there are users, somebody can grant at the top today.
func (m *Module) noAdministrator(ctx context.Context, r db.Reader, rep *op.Report) error {
	users, err := countUsers(ctx, r)
	if err != nil || users == 0 {
		return err
	}
	rep.Count += users
	top, err := m.o.Places.Top(ctx, r)
	if err != nil {
		return err
	}
	n, err := administrators(ctx, r, top, day.Of(r.Now()))
	if err == nil && n == 0 {
		rep.Found("access.no_administrator")
	}
	return err
}

// strangeSessions: who may not work has no session that could be used.
func (m *Module) strangeSessions(ctx context.Context, r db.Reader, rep *op.Report) error {
	return db.Each(ctx, r, func(rows db.Rows) error {
		var id op.ID
		var t auth.SessionTimes
		var state UserState
		if err := rows.Scan(&id, &t.Created, &t.Seen, &state); err != nil {
			return err
		}
		rep.Count++
		if state != Active && m.o.Session.State(t, r.Now()) == auth.SessionLive {
			rep.Found("access.session_live", "session", id, "state", state)
		}
		return nil
	}, `SELECT s.id, s.created_at, s.seen_at, u.state FROM user_session s JOIN app_user u ON u.id = s.user_id WHERE s.revoked_at IS NULL ORDER BY s.id`)
}
