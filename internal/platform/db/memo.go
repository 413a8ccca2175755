package db

// Remember keeps a value for the rest of the transaction, so that what every step
// asks (which version of the tree, of the rights?) is read once. Going back to a
// savepoint forgets everything. Whoever changes what is remembered remembers
// the new value. The members of a group are one transaction and remember together:
// only what the database says may be kept, nothing of the caller.
func Remember(r Reader, key, value any) {
	t, ok := r.(*txn)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.memo == nil {
		t.memo = map[any]any{}
	}
	t.memo[key] = value
}

// Remembered gives what Remember kept in this transaction.
func Remembered[T any](r Reader, key any) (value T, known bool) {
	t, ok := r.(*txn)
	if !ok {
		return value, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	value, known = t.memo[key].(T)
	return value, known
}

// remembered is what a transaction whose function has returned remembers.
func (t *txn) remembered() map[any]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.memo
}
