package app

import (
	"context"
	"fmt"

	"wasl/internal/kernel/fault"
	"wasl/internal/module/access"
	"wasl/internal/module/billing"
	"wasl/internal/module/collection"
	"wasl/internal/module/customer"
	"wasl/internal/module/ledger"
	"wasl/internal/module/metering"
	"wasl/internal/module/org"
	"wasl/internal/module/tariff"
	"wasl/internal/platform/db"
	"wasl/internal/platform/intake"
	"wasl/internal/platform/op"
)

// CheckResult is one invariant as verified.
type CheckResult struct {
	Name     string       `json:"name"`
	Count    int64        `json:"count"`
	Findings []op.Finding `json:"findings"`
	Notes    []op.Finding `json:"notes,omitempty"`
}

// Verify checks every invariant in one snapshot. acks are keys a client was told
// are done (O1); nil leaves O1 out.
func (a *App) Verify(ctx context.Context, acks []string) ([]CheckResult, error) {
	anchors, err := readAnchors(a.anchors)
	if err != nil {
		return nil, fault.Wrap(err, fault.Precondition, "audit.key")
	}
	checks := append([]op.Check{a.integrityCheck()}, invariants(anchors, a.Access, a.Intake, a.Customer, a.Tariff)...)
	if acks != nil {
		checks = append([]op.Check{op.AcksCheck(acks)}, checks...)
	}
	var out []CheckResult
	damaged := false
	err = a.DB.Read(ctx, func(ctx context.Context, r db.Reader) error {
		out = out[:0]
		for _, c := range checks {
			rep, err := c.Run(ctx, r)
			if damaged = fault.CodeOf(err) == codeCorrupt; damaged {
				rep.Found("db.integrity", "line", err.Error())
			} else if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			out = append(out, CheckResult{Name: c.Name, Count: rep.Count, Findings: rep.Findings, Notes: rep.Notes})
			if damaged {
				return nil // nothing more can be read
			}
		}
		return nil
	})
	if damaged {
		return out, nil
	}
	return out, err
}

// invariants are the checks of every module: those of verify, and of a copy before it
// is taken. anchors are the checkpoints kept apart, which a copy has none of.
func invariants(anchors []op.Anchor, who *access.Module, files *intake.Store, customers *customer.Module, prices *tariff.Module) []op.Check {
	return []op.Check{
		op.KeyCheck(), op.SeriesCheck(), op.AuditCheck(anchors), op.UseCheck(), orgCheck(), who.Check(), files.Check(), customers.Check(),
		metering.Check(), prices.Check(), ledger.Check(), ledger.CheckHolders(), billing.Check(), collection.Check(),
	}
}

// codeCorrupt is what the engine answers when it reads a damaged page.
const codeCorrupt = "db.corrupt"

// integrityCheck asks the engine itself: pages, indexes, foreign keys.
func (a *App) integrityCheck() op.Check {
	return op.Check{Name: "DB", Run: func(ctx context.Context, _ db.Reader) (op.Report, error) {
		rep := op.Report{Count: 1}
		lines, err := a.DB.CheckIntegrity(ctx)
		for _, l := range lines {
			rep.Found("db.integrity", "line", l)
		}
		if fault.CodeOf(err) == codeCorrupt { // too damaged to be looked through
			rep.Found("db.integrity", "line", err.Error())
			return rep, nil
		}
		return rep, err
	}}
}

// orgCheck recomputes the tree and compares it with what queries use.
func orgCheck() op.Check {
	return op.Check{Name: "ORG", Run: func(ctx context.Context, r db.Reader) (op.Report, error) {
		var rep op.Report
		found, checked, err := org.CheckTree(ctx, r)
		rep.Count = int64(checked)
		for _, f := range found {
			rep.Found("org."+f.Rule, "unit", op.ID(f.Unit), "detail", f.Detail)
		}
		return rep, err
	}}
}
