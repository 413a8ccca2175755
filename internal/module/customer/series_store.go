package customer

import (
	"context"
	"fmt"

	"wasl/internal/kernel/fault"
	"wasl/internal/platform/db"
	"wasl/internal/platform/db/seq"
)

// codeTriesMax is how many numbers are passed over because an import brought the same
// code before.
const codeTriesMax = 200

// series is a kind of record that gets its code from the program.
type series struct{ kind, letter, table string }

func customerSeries() series { return series{kindCustomer, "C", "customer_code"} }
func pointSeries() series    { return series{kindServicePoint, "P", "service_point_code"} }
func contractSeries() series { return series{kindContract, "A", "contract_code"} }

// next gives a free code: a letter, the node where it is not the first, a dash and a
// number. The node keeps the codes of centres with databases of their own apart.
func (s series) next(ctx context.Context, tx db.Tx) (string, error) {
	node, err := db.Value[int64](ctx, tx, `SELECT node FROM db_node`)
	if err != nil {
		return "", err
	}
	prefix := s.letter + "-"
	if node != db.NodeDefault {
		prefix = fmt.Sprintf("%s%d-", s.letter, node)
	}
	for range codeTriesMax {
		n, err := seq.Next(ctx, tx, seq.Series{Kind: s.kind, Node: node}, 1)
		if err != nil {
			return "", err
		}
		code := fmt.Sprintf("%s%07d", prefix, n)
		taken, err := takenCodes(ctx, tx, s.table, []string{code})
		if err != nil || !taken[code] {
			return code, err
		}
	}
	return "", fault.New(fault.Conflict, "customer.codes_taken", "prefix", prefix)
}

// choose gives the code asked for when it is free, or the next one.
func (s series) choose(ctx context.Context, tx db.Tx, asked, refusal string) (string, error) {
	if asked == "" {
		return s.next(ctx, tx)
	}
	return asked, codeFree(ctx, tx, s.table, asked, refusal)
}
