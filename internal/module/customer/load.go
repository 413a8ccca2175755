package customer

import (
	"context"
	"time"

	"wasl/internal/kernel/dated"
	"wasl/internal/kernel/day"
	"wasl/internal/module/account"
	"wasl/internal/platform/db"
	"wasl/internal/platform/op"
)

// Supply is a contract to be inserted with what is new around it, all of it checked
// before. Records that exist are given by their ids in the contract.
type Supply struct {
	// Customer is new while it has no id, and gets one; nil when Contract.CustomerID
	// says who. Nature is its legal nature from Since on. Several supplies may share a
	// customer or a point.
	Customer *Customer
	Nature   Nature
	Since    day.Date
	// Point is new while it has no id; nil when Contract.PointID says which.
	Point *ServicePoint
	// Contract is nil for a customer or a service point alone. Its account is opened
	// with its code as number.
	Contract *Contract
	// Terms hold from the first to the last day of the contract.
	Terms Terms
}

// Origin says who inserts, when and why.
type Origin struct {
	Reason string
	Actor  op.ID
	At     time.Time
}

// Insert adds supplies in bulk and gives each record its id and its first version;
// those of a batch carry its number already. It is for imports and first loads: nothing
// is checked but that the codes are free (Conflict).
func Insert(ctx context.Context, tx db.Tx, o Origin, supplies ...*Supply) error {
	l := loading{by: note{o.Reason, o.Actor, o.At}}
	first, err := tx.NewIDs(ctx, max(1, l.count(supplies)))
	if err != nil {
		return err
	}
	l.next = first
	for _, s := range supplies {
		l.add(s)
	}
	if err := insertCustomers(ctx, tx, l.customers...); err != nil {
		return err
	}
	if err := insertNatures(ctx, tx, l.natures); err != nil {
		return err
	}
	if err := insertPoints(ctx, tx, l.points...); err != nil {
		return err
	}
	if err := account.Insert(ctx, tx, l.accounts...); err != nil {
		return err
	}
	if err := insertContracts(ctx, tx, l.contracts...); err != nil {
		return err
	}
	if err := insertTerms(ctx, tx, l.terms); err != nil {
		return err
	}
	return noteUnits(ctx, tx, l.contracts)
}

// loading gathers the rows of an Insert.
type loading struct {
	by        note
	next      int64
	customers []*Customer
	natures   []firstNature
	points    []*ServicePoint
	accounts  []*account.Account
	contracts []*Contract
	terms     []contractTerms
}

// count is the number of ids that supplies want.
func (l *loading) count(supplies []*Supply) (n int64) {
	for _, s := range supplies {
		if s.Customer != nil {
			n++
		}
		if s.Point != nil {
			n++
		}
		if s.Contract != nil {
			n += 2
		}
	}
	return n
}

func (l *loading) id() op.ID {
	id := l.next
	l.next++
	return op.ID(id)
}

func (l *loading) add(s *Supply) {
	if c := s.Customer; c != nil && c.ID == 0 {
		c.ID, c.Version = l.id(), 1
		l.customers = append(l.customers, c)
		l.natures = append(l.natures, firstNature{c.ID, s.Since, s.Nature, l.by})
	}
	if p := s.Point; p != nil && p.ID == 0 {
		p.ID, p.Version = l.id(), 1
		l.points = append(l.points, p)
	}
	k := s.Contract
	if k == nil {
		return
	}
	if s.Customer != nil {
		k.CustomerID = s.Customer.ID
	}
	if s.Point != nil {
		k.PointID = s.Point.ID
	}
	k.Account, k.ID, k.Version = l.id(), l.id(), 1
	l.accounts = append(l.accounts, &account.Account{
		ID: k.Account, Number: k.Code, Kind: account.SupplyContract, UnitID: k.UnitID, OpenedOn: k.StartsOn,
		Version: 1, BatchID: k.BatchID,
	})
	l.contracts = append(l.contracts, k)
	l.terms = append(l.terms, contractTerms{k.Key, dated.Span[Terms, note]{From: k.StartsOn, To: k.EndsOn, Value: s.Terms, Note: l.by}})
}

// noteUnits notes the units, besides their own, where customers have contracts.
func noteUnits(ctx context.Context, tx db.Tx, contracts []*Contract) error {
	ids := make([]int64, 0, len(contracts))
	for _, k := range contracts {
		ids = append(ids, int64(k.CustomerID))
	}
	homes, err := homesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	seen := map[[2]int64]bool{}
	var places [][2]int64
	for _, k := range contracts {
		place := [2]int64{int64(k.CustomerID), int64(k.UnitID)}
		if homes[place[0]] != place[1] && !seen[place] {
			seen[place] = true
			places = append(places, place)
		}
	}
	return addPlaces(ctx, tx, places)
}
