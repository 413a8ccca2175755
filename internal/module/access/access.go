// Package access owns people and what they may do: users, sessions, API
// tokens, roles, grants, the rights matrix, conflicts of rights, the periodic
// review and notices. It implements op.Guard, so that every operation asks it
// who is there and what he may do.
package access

import (
	"context"
	"embed"
	"encoding/binary"
	"io"
	"io/fs"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/auth"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Topic is the name under which a change of users, roles or grants is bumped.
const Topic = "access"

// Ids of advisory locks that stand for no row; no row has a negative id.
const (
	lockSetup          = -2001
	lockAdministrators = -2002
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of the module.
func Migrations() fs.FS { return migrations }

// UnitCard is what this module shows of a unit.
type UnitCard struct {
	Code string
	Name string
	// Kind is the value of the organisation's enum of kinds.
	Kind string
}

// Units describes units. The org module implements it.
type Units interface {
	// Cards describes units on a date; an unknown unit is left out.
	Cards(ctx context.Context, r db.Reader, ids []int64, on day.Date) (map[int64]UnitCard, error)
	// CountWithin is the number of units a unit covers on a date, itself included.
	CountWithin(ctx context.Context, r db.Reader, root int64, on day.Date) (int64, error)
}

// TopMaker makes the first unit of an empty organisation. The org module
// implements it.
type TopMaker interface {
	// CreateTop makes the unit above all others and gives its id.
	CreateTop(ctx context.Context, x *op.Exec, code, name string) (int64, error)
}

// Options are what the module needs; all are required.
type Options struct {
	// DB is where Touch writes.
	DB *db.DB
	// Hasher hashes passwords, outside any transaction.
	Hasher *auth.Hasher
	// Random makes tokens, temporary passwords and stamps; crypto/rand.Reader.
	Random io.Reader
	// Session bounds the life of sessions.
	Session auth.SessionRule
	// Throttle slows down failed logins.
	Throttle auth.ThrottleRule
	// Places knows the tree of units.
	Places op.Places
	// Units describes units.
	Units Units
	// Top makes the first unit.
	Top TopMaker
}

// Module is the access module. It is safe for concurrent use.
type Module struct {
	o        Options
	registry *op.Registry
	rights   rightsCache
	known    known
	touches  touches
	uses     usesCache
	staff    staffCache
}

// New makes the module. A session rule without Touch takes the default one.
func New(o Options) *Module {
	if o.Session.Touch <= 0 {
		o.Session.Touch = auth.DefaultSession().Touch
	}
	return &Module{o: o}
}

// Register adds the module's operations, consumers and labels. It is called
// once, before anything else.
func (m *Module) Register(r *op.Registry) {
	m.registry = r
	m.registerLogin(r)
	m.registerUsers(r)
	m.registerSessions(r)
	m.registerMe(r)
	m.registerTokens(r)
	m.registerRoles(r)
	m.registerGrants(r)
	m.registerMatrix(r)
	m.registerReview(r)
	m.registerNotices(r)
	r.Label("user", userLabels)
	r.Label("role", roleLabels)
}

// dutiesRights are the duties served by the management of rights.
func dutiesRights() []string { return []string{"DRI-07", "NORM-6"} }

// Forget makes every process read again, after the commit of tx, what it keeps of
// users, roles, grants, sessions and tokens. Operations do it by themselves; it is
// for who writes these rows by other means.
func Forget(ctx context.Context, tx db.Tx) error { return forget(ctx, tx, staffStamp, whoStamp) }

// changed says, at the commit of tx, that what anybody may do has changed. The
// stamp is what the cache of rights is keyed by: unlike a counter, it never
// comes back after a rollback, so that what was read inside a transaction that
// failed is never taken for the truth.
func (m *Module) changed(ctx context.Context, tx db.Tx) error {
	var b [8]byte
	if _, err := io.ReadFull(m.o.Random, b[:]); err != nil {
		return fault.Wrap(err, fault.Unavailable, auth.CodeRandom)
	}
	if err := saveStamp(ctx, tx, staffStamp, int64(binary.BigEndian.Uint64(b[:])>>1)); err != nil {
		return err
	}
	return db.Bump(ctx, tx, Topic)
}
