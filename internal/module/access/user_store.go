package access

import (
	"context"
	"iter"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

const userColumns = `u.id, u.login, u.name, u.email, u.phone, u.lang, u.unit_id, u.function_title, u.state, u.state_reason, u.must_change, u.version`

func (u *User) scan() []any {
	return []any{&u.ID, &u.Login, &u.Name, &u.Email, &u.Phone, &u.Lang, &u.Unit, &u.Function, &u.State, &u.Reason, &u.MustChange, &u.Version}
}

func scanUser(rows db.Rows) (u User, err error) {
	err = rows.Scan(u.scan()...)
	return u, err
}

// insertUser adds a user; Conflict "user.login_taken" when the login is used.
func insertUser(ctx context.Context, tx db.Tx, u User, hash string) error {
	taken, err := db.Value[int64](ctx, tx, `SELECT count(*) FROM app_user WHERE login = $1`, u.Login)
	if err != nil {
		return err
	}
	if taken > 0 {
		return fault.New(fault.Conflict, "user.login_taken", "login", u.Login)
	}
	_, err = tx.Exec(ctx,
		`INSERT INTO app_user (id, login, name, email, phone, lang, unit_id, function_title, state, state_reason, password_hash,
		   must_change, password_changed_at, version, search, recorded_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $13)`,
		u.ID, u.Login, u.Name, u.Email, u.Phone, u.Lang, u.Unit, u.Function, u.State, u.Reason, hash,
		u.MustChange, tx.Now(), u.Version, u.search())
	return err
}

// findUser reads a user; NotFound "user.unknown".
func findUser(ctx context.Context, r db.Reader, id op.ID) (User, error) {
	u, err := db.One(ctx, r, scanUser, `SELECT `+userColumns+` FROM app_user u WHERE u.id = $1`, id)
	if fault.KindOf(err) == fault.NotFound {
		return u, fault.New(fault.NotFound, "user.unknown", "id", id)
	}
	return u, err
}

// secretUser is a user with the hash of his password, empty when he has none.
type secretUser struct {
	User
	hash string
}

func findLogin(ctx context.Context, r db.Reader, login string) (u secretUser, found bool, err error) {
	found, err = db.ScanOne(ctx, r, `SELECT `+userColumns+`, u.password_hash FROM app_user u WHERE u.login = $1`,
		[]any{login}, append(u.scan(), &u.hash)...)
	return u, found, err
}

func findSecret(ctx context.Context, r db.Reader, id op.ID) (u secretUser, err error) {
	found, err := db.ScanOne(ctx, r, `SELECT `+userColumns+`, u.password_hash FROM app_user u WHERE u.id = $1`,
		[]any{id}, append(u.scan(), &u.hash)...)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "user.unknown", "id", id)
	}
	return u, err
}

// saveUser writes what was changed; Conflict "row.stale" when somebody was faster.
func saveUser(ctx context.Context, tx db.Tx, u User) error {
	n, err := tx.Exec(ctx,
		`UPDATE app_user SET name = $1, email = $2, phone = $3, lang = $4, unit_id = $5, function_title = $6, state = $7, state_reason = $8,
		   must_change = $9, search = $10, version = version + 1 WHERE id = $11 AND version = $12`,
		u.Name, u.Email, u.Phone, u.Lang, u.Unit, u.Function, u.State, u.Reason, u.MustChange, u.search(), u.ID, u.Version)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "row.stale", "given", u.Version)
	}
	return forgetIf(ctx, tx, n, err, staffStamp, whoStamp)
}

// savePassword stores a new hash; an empty one closes the account until a link
// is used.
func savePassword(ctx context.Context, tx db.Tx, id op.ID, hash string, mustChange bool) error {
	n, err := tx.Exec(ctx,
		`UPDATE app_user SET password_hash = $1, must_change = $2, password_changed_at = $3, version = version + 1 WHERE id = $4`,
		hash, mustChange, tx.Now(), id)
	return forgetIf(ctx, tx, n, err, whoStamp)
}

// saveRehash replaces a hash by a stronger one of the same password.
func saveRehash(ctx context.Context, tx db.Tx, id op.ID, hash string) error {
	_, err := tx.Exec(ctx, `UPDATE app_user SET password_hash = $1 WHERE id = $2`, hash, id)
	return err
}

func countUsers(ctx context.Context, r db.Reader) (int64, error) {
	return db.Value[int64](ctx, r, `SELECT count(*) FROM app_user`)
}

func listUsers(ctx context.Context, x *op.Exec, in UserFilter) iter.Seq2[User, error] {
	var w db.Where
	if in.Search != "" {
		w.And(`u.search LIKE ? ESCAPE '\'`, likePattern(in.Search))
	}
	if in.State != "" {
		w.And("u.state = ?", in.State)
	}
	x.Filter(&w, "u.unit_id")
	order := x.Keyset(&w, map[string][]string{"name": {"u.name", "#u.id"}, "login": {"u.login", "#u.id"}})
	return db.Seq(ctx, x.R, scanUser, `SELECT `+userColumns+` FROM app_user u`+w.SQL()+order, w.Args()...)
}

// userLabels gives the names of users.
func userLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return labels(ctx, r, `SELECT id, name FROM app_user`, ids)
}

// roleLabels gives the names of roles.
func roleLabels(ctx context.Context, r db.Reader, ids []int64) (map[int64]string, error) {
	return labels(ctx, r, `SELECT id, name FROM access_role`, ids)
}

func labels(ctx context.Context, r db.Reader, sql string, ids []int64) (map[int64]string, error) {
	var w db.Where
	w.In("id", ids)
	out := map[int64]string{}
	err := db.Each(ctx, r, func(rows db.Rows) error {
		var id int64
		var name string
		err := rows.Scan(&id, &name)
		out[id] = name
		return err
	}, sql+w.SQL()+` ORDER BY id`, w.Args()...)
	return out, err
}
