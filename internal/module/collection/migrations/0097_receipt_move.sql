-- +goose Up

-- Money that waited on an account and was brought to another: from_item_id is what
-- waited, return_item_id took it off the account by the allocation allocation_id. What it
-- became on the other account are the items of the batch id there. Append-only: one
-- undone has a row in receipt_move_undo.
CREATE TABLE receipt_move (
  id {int} NOT NULL PRIMARY KEY,
  receipt_id {int} NOT NULL,
  document {text} NOT NULL,
  unit_id {int} NOT NULL,
  from_account_id {int} NOT NULL,
  from_item_id {int} NOT NULL,
  return_item_id {int} NOT NULL,
  allocation_id {int} NOT NULL,
  to_account_id {int} NOT NULL,
  amount {int} NOT NULL,
  moved_on {date} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE INDEX ix_receipt_move__receipt_id ON receipt_move (receipt_id);
CREATE INDEX ix_receipt_move__unit_id ON receipt_move (unit_id, moved_on, id);

CREATE TABLE receipt_move_undo (
  move_id {int} NOT NULL PRIMARY KEY,
  undone_on {date} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};

CREATE INDEX ix_receipt_line__waiting ON receipt_line (receivable_account_id, item_id) WHERE kind = 'unallocated';
