package access

import (
	"context"
	"iter"
	"strings"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// insertRole adds a role; Conflict "role.code_taken".
func insertRole(ctx context.Context, tx db.Tx, r Role) error {
	taken, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM access_role WHERE code = $1`, r.Code)
	if err != nil {
		return err
	}
	if taken > 0 {
		return fault.New(fault.Conflict, "role.code_taken", "code", r.Code)
	}
	_, err = tx.Exec(ctx,
		`INSERT INTO access_role (id, code, name, description, retired, version, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.ID, r.Code, r.Name, r.Description, r.Retired, r.Version, tx.Now())
	if err != nil {
		return err
	}
	return insertRights(ctx, tx, r)
}

func insertRights(ctx context.Context, tx db.Tx, r Role) error {
	_, err := tx.Bulk(ctx, "access_role_right", []string{"role_id", "right_name"}, func(yield func([]any, error) bool) {
		for _, right := range r.Rights {
			if !yield([]any{r.ID, right}, nil) {
				return
			}
		}
	})
	return err
}

// saveRole writes an edited role; Conflict "row.stale" when somebody was faster.
func saveRole(ctx context.Context, tx db.Tx, r Role) error {
	n, err := tx.Exec(ctx,
		`UPDATE access_role SET name = $1, description = $2, retired = $3, version = version + 1 WHERE id = $4 AND version = $5`,
		r.Name, r.Description, r.Retired, r.ID, r.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.Conflict, "row.stale", "given", r.Version)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM access_role_right WHERE role_id = $1`, r.ID); err != nil {
		return err
	}
	return insertRights(ctx, tx, r)
}

// findRole reads a role with its rights; NotFound "role.unknown".
func findRole(ctx context.Context, r db.Reader, id op.ID) (Role, error) {
	role, err := db.One(ctx, r, func(rows db.Rows) (role Role, err error) {
		err = rows.Scan(&role.ID, &role.Code, &role.Name, &role.Description, &role.Retired, &role.Version)
		return role, err
	}, `SELECT id, code, name, description, retired, version FROM access_role WHERE id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return role, fault.New(fault.NotFound, "role.unknown", "id", id)
	}
	if err != nil {
		return role, err
	}
	role.Rights, err = db.All(ctx, r, func(rows db.Rows) (right string, err error) {
		err = rows.Scan(&right)
		return right, err
	}, `SELECT right_name FROM access_role_right WHERE role_id = $1 ORDER BY right_name`, id)
	if role.Rights == nil {
		role.Rights = []string{}
	}
	return role, err
}

// roleRights gives the rights of every role.
func roleRights(ctx context.Context, r db.Reader) (map[int64][]string, error) {
	out := map[int64][]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var role int64
		var right string
		err := rows.Scan(&role, &right)
		out[role] = append(out[role], right)
		return err
	}, `SELECT role_id, right_name FROM access_role_right ORDER BY role_id, right_name`)
	return out, err
}

// listRoles lists roles; holders is how many people hold each today.
func listRoles(ctx context.Context, x *op.Exec, in RoleFilter, holders map[int64]int64) iter.Seq2[RoleRow, error] {
	var w db.Where
	if !in.Retired {
		w.And("r.retired = ?", false)
	}
	if in.Right != "" {
		w.And("EXISTS (SELECT 1 FROM access_role_right f WHERE f.role_id = r.id AND f.right_name = ?)", in.Right)
	}
	whole := *x
	if in.Search != "" {
		whole.Page.Limit = 0 // roles are few: they are searched here, and the page is cut by the runner
	}
	order := whole.Keyset(&w, map[string][]string{"name": {"r.name", "#r.id"}, "code": {"r.code"}})
	rows := db.Seq(ctx, x.R, func(rows db.Rows) (r RoleRow, err error) {
		err = rows.Scan(&r.ID, &r.Code, &r.Name, &r.Description, &r.Retired, &r.Version, &r.Rights)
		r.Holders = holders[int64(r.ID)]
		return r, err
	}, `SELECT r.id, r.code, r.name, r.description, r.retired, r.version,
	      (SELECT count(*) FROM access_role_right rr WHERE rr.role_id = r.id)
	    FROM access_role r`+w.SQL()+order, w.Args()...)
	wanted := db.Fold(in.Search)
	return func(yield func(RoleRow, error) bool) {
		for r, err := range rows {
			if err == nil && !strings.Contains(db.Fold(r.Code+" "+r.Name), wanted) {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
