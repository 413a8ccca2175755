package access

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"wasl/internal/kernel/day"
	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Bounds of the review.
const (
	// ReviewEndDays is how long before its end a grant is to be looked at.
	ReviewEndDays = 30
	// ReviewUnusedDays is how long a grant may go unused before somebody asks why.
	ReviewUnusedDays = 90
	// ReviewEveryDays is how often each grant is confirmed.
	ReviewEveryDays = 365
)

// ReviewReason says why a grant is to be looked at.
type ReviewReason string

// The reasons, the most pressing first.
const (
	ReviewConflict ReviewReason = "conflict"
	ReviewEnding   ReviewReason = "ending"
	ReviewUnused   ReviewReason = "unused"
	ReviewDue      ReviewReason = "due"
)

// EnumName is the prefix of the texts.
func (ReviewReason) EnumName() string { return "review_reason" }

// EnumValues are the reasons.
func (ReviewReason) EnumValues() []string {
	return []string{string(ReviewConflict), string(ReviewEnding), string(ReviewUnused), string(ReviewDue)}
}

// rank is the place among the reasons; -1 for none of them.
func (r ReviewReason) rank() int {
	switch r {
	case ReviewConflict:
		return 0
	case ReviewEnding:
		return 1
	case ReviewUnused:
		return 2
	case ReviewDue:
		return 3
	}
	return -1
}

// ReviewRow is a grant to look at.
type ReviewRow struct {
	Grant
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	RoleName string       `json:"role_name"`
	Why      ReviewReason `json:"why"`
	// UsedOn is the last day one of its rights changed something; none when that
	// is longer ago than ReviewUnusedDays.
	UsedOn day.Date `json:"used_on"`
}

// PageKey is the row's place in its list.
func (r ReviewRow) PageKey(string) []string {
	return []string{strconv.Itoa(r.Why.rank()), r.ValidTo.String(), r.Login, r.ID.String()}
}

func compareReview(a, b ReviewRow) int {
	return cmp.Or(cmp.Compare(a.Why.rank(), b.Why.rank()), a.ValidTo.Compare(b.ValidTo),
		cmp.Compare(a.Login, b.Login), cmp.Compare(a.ID, b.ID))
}

// reviewOfKey reads what PageKey wrote.
func reviewOfKey(key []string) (r ReviewRow) {
	key = append(slices.Clone(key), "", "", "", "")
	if rank, err := strconv.Atoi(key[0]); err == nil && rank >= 0 && rank < len(r.Why.EnumValues()) {
		r.Why = ReviewReason(r.Why.EnumValues()[rank])
	}
	if to, err := day.Parse(key[1]); err == nil {
		r.ValidTo = to
	}
	r.Login, r.ID = key[2], idOf(key[3])
	return r
}

// ReviewFilter narrows the review.
type ReviewFilter struct {
	Why ReviewReason `json:"why"`
}

// ReviewMark confirms a grant.
type ReviewMark struct {
	ID      op.ID `json:"id" in:"required,ref=access.grant.list"`
	Version int64 `json:"version" in:"required,min=1"`
}

func (m *Module) registerReview(r *op.Registry) {
	duties := append(dutiesRights(), "DRI-25")
	op.RegisterList(r, op.Spec{Name: "access.review.list", Path: "/access/review", Duties: duties},
		op.ListHandler[ReviewFilter, ReviewRow]{Sorts: []string{"why"}, Rows: m.reviewRows})
	op.RegisterCommand(r, op.Spec{Name: "access.review.mark", Path: "/grants/{id}/review", Versioned: true, Duties: duties},
		op.CommandHandler[ReviewMark, Grant]{
			Locks: func(in ReviewMark) []int64 { return []int64{int64(in.ID)} },
			Targets: func(ctx context.Context, x *op.Exec, in ReviewMark) ([]op.Target, error) {
				g, err := findGrant(ctx, x.R, in.ID)
				return at(g.Unit), err
			},
			Do: markReviewed,
		})
}

// markReviewed says that somebody looked at a grant and kept it. Nobody confirms
// his own.
func markReviewed(ctx context.Context, x *op.Exec, in ReviewMark) (Grant, error) {
	g, err := findGrant(ctx, x.R, in.ID)
	if err != nil {
		return Grant{}, err
	}
	if err := notForOneself(x, g.User); err != nil {
		return Grant{}, err
	}
	if err := op.CheckVersion(g.Version, in.Version); err != nil {
		return Grant{}, err
	}
	if !g.ValidTo.IsZero() && g.ValidTo.Before(x.Today) {
		return Grant{}, fault.New(fault.Conflict, "grant.over", "since", g.ValidTo)
	}
	before := g.ReviewedOn
	g.ReviewedOn = x.Today
	if err := saveReview(ctx, x.Tx, g, x.Actor.UserID); err != nil {
		return Grant{}, err
	}
	g.Version++
	return g, x.Change("grant", int64(g.ID), strconv.FormatInt(int64(g.ID), 10),
		map[string]any{"reviewed_on": before}, map[string]any{"reviewed_on": g.ReviewedOn, "reviewer": op.ID(x.Actor.UserID)})
}

// reviewRows lists the grants to look at in the scope, the most pressing first.
func (m *Module) reviewRows(ctx context.Context, x *op.Exec, in ReviewFilter) iter.Seq2[ReviewRow, error] {
	return func(yield func(ReviewRow, error) bool) {
		rows, err := m.toReview(ctx, x)
		if err != nil {
			yield(ReviewRow{}, err)
			return
		}
		rows = slices.DeleteFunc(rows, func(r ReviewRow) bool { return in.Why != "" && r.Why != in.Why })
		for _, r := range afterKey(x.Page, rows, compareReview, reviewOfKey) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (m *Module) toReview(ctx context.Context, x *op.Exec) ([]ReviewRow, error) {
	s, err := m.staffOn(ctx, x, x.Today)
	if err != nil {
		return nil, err
	}
	in, err := m.inScope(ctx, x, x.Today)
	if err != nil {
		return nil, err
	}
	concerns := func(g Grant) bool { return in(int64(g.Unit)) }
	conflicting := map[op.ID]bool{}
	for _, c := range s.conflictsAmong(concerns) {
		conflicting[c.GrantA], conflicting[c.GrantB] = true, true
	}
	roles := map[int64][]string{}
	for role, rights := range s.roles {
		roles[role] = changingRights(x.Registry(), rights)
	}
	since := x.Today.AddDays(-ReviewUnusedDays)
	used, release, err := m.uses.since(ctx, x.R, day.StartOf(since))
	if err != nil {
		return nil, err
	}
	defer release()
	var out []ReviewRow
	for _, h := range s.holding(concerns) {
		for _, g := range h.grants {
			changing := roles[int64(g.Role)]
			row := ReviewRow{Grant: g, Login: h.user.Login, Name: h.user.Name, UsedOn: used.last(g.User, changing, since)}
			row.Why = whyReview(g, row.UsedOn, len(changing) > 0, conflicting[g.ID], x.Today)
			if row.Why != "" {
				out = append(out, row)
			}
		}
	}
	slices.SortFunc(out, compareReview)
	return out, nameRoles(ctx, x.R, out)
}

// whyReview gives the most pressing reason; none when there is nothing to say. A
// grant confirmed less than ReviewUnusedDays ago is left alone until its end
// comes near.
func whyReview(g Grant, usedOn day.Date, changes, conflict bool, today day.Date) ReviewReason {
	confirmed := !g.ReviewedOn.IsZero() && g.ReviewedOn.DaysUntil(today) < ReviewUnusedDays
	since := g.ValidFrom
	if g.ReviewedOn.After(since) {
		since = g.ReviewedOn
	}
	switch {
	case conflict && !confirmed:
		return ReviewConflict
	case !g.ValidTo.IsZero() && today.DaysUntil(g.ValidTo) <= ReviewEndDays:
		return ReviewEnding
	case changes && usedOn.IsZero() && since.DaysUntil(today) >= ReviewUnusedDays:
		return ReviewUnused
	case since.DaysUntil(today) >= ReviewEveryDays:
		return ReviewDue
	}
	return ""
}

// changingRights keeps the rights whose use leaves a trace: operations that
// change something. Reading leaves none.
func changingRights(reg *op.Registry, rights []string) []string {
	return slices.DeleteFunc(slices.Clone(rights), func(right string) bool {
		d := reg.Find(strings.TrimSuffix(right, op.ApproveSuffix))
		return d == nil || !d.Kind.Changes()
	})
}

// usesMargin is how much later than its instant a use may become visible: the
// longest transaction, and clocks of several processes.
const usesMargin = 40 * time.Second

// usesCache keeps the last uses of rights in memory. A use is written once a day, and
// its day only grows, so that only what is new is read each time.
type usesCache struct {
	mu    sync.Mutex
	known uses
	from  time.Time // every use since then is known,
	until time.Time // up to then
}

// since gives the uses since an instant, which the caller reads before release.
func (c *usesCache) since(ctx context.Context, r db.Reader, at time.Time) (known uses, release func(), err error) {
	c.mu.Lock()
	now := r.Now()
	begin := c.until.Add(-usesMargin)
	if c.known == nil || at.Before(c.from) || now.Before(begin) {
		c.known, c.from, begin = uses{}, at, at
	}
	if err := op.EachRightUse(ctx, r, begin, c.known.note); err != nil {
		c.known = nil
		c.mu.Unlock()
		return nil, nil, err
	}
	c.until = now
	return c.known, c.mu.Unlock, nil
}

// uses are the days of the last uses of rights, by user and right.
type uses map[op.ID]map[string]day.Date

func (u uses) note(use op.RightUse) {
	if u[use.User] == nil {
		u[use.User] = map[string]day.Date{}
	}
	if use.On.After(u[use.User][use.Right]) {
		u[use.User][use.Right] = use.On
	}
}

// last is the day of the last use of one of some rights; none when that was before
// since.
func (u uses) last(user op.ID, rights []string, since day.Date) (last day.Date) {
	for _, right := range rights {
		if on := u[user][right]; on.After(last) && !on.Before(since) {
			last = on
		}
	}
	return last
}
