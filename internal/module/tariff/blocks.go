package tariff

import "wasl/internal/kernel/money"

// inBlocks adds the lines of a charge by blocks.
func (q *Quote) inBlocks(t *compiled, g *charge) error {
	n := q.now.numbers[g.quantity]
	if e := g.source.ExemptUpTo; e != nil && n <= q.now.limit(int64(*e), g.scale) {
		return nil
	}
	list, err := g.blocks.at(t, &q.now)
	if err != nil {
		return err
	}
	reached := 0
	for !list[reached].open && n > q.now.limit(list[reached].limit, g.scale) {
		reached++
	}
	if !list[reached].progressive {
		return q.addBlock(t, g, list, reached, n)
	}
	return q.progressive(t, g, list, reached, n)
}

// progressive gives each block up to the one reached its part of the quantity.
func (q *Quote) progressive(t *compiled, g *charge, list []block, reached int, n int64) error {
	below := int64(0)
	for i := range list[:reached+1] {
		upper := n
		if i < reached {
			upper = q.now.limit(list[i].limit, g.scale)
		}
		if upper > below || n == 0 {
			if err := q.addBlock(t, g, list, i, upper-below); err != nil {
				return err
			}
		}
		below = upper
	}
	return nil
}

func (q *Quote) addBlock(t *compiled, g *charge, list []block, i int, quantity int64) error {
	price, err := list[i].price.at(t, &q.now)
	if err != nil {
		return err
	}
	q.add(g, i+1, quantity, price, money.Quantity(quantity).Times(price))
	return nil
}

// at finds the list of blocks for what is known.
func (b *blocks) at(t *compiled, k *known) ([]block, error) {
	for b.by != nowhere {
		next := b.table[k.words[b.by]]
		if next == nil {
			return nil, notInTable(t, b.by)
		}
		b = next
	}
	return b.list, nil
}
