-- +goose Up

-- A lot: the receipts of one file of an operator or of an earlier system. It is made when
-- the file is applied, and posted in parts: posted_account and posted_line say how far.
-- session_id is the session that numbers its receipts, 0 until posting begins.
CREATE TABLE receipt_lot (
  batch_id {int} NOT NULL PRIMARY KEY,
  unit_id {int} NOT NULL,
  label {text} NOT NULL,
  surplus {text} NOT NULL,
  state {text} NOT NULL,
  receipts {int} NOT NULL,
  amount {int} NOT NULL,
  session_id {int} NOT NULL,
  posted {int} NOT NULL,
  posted_amount {int} NOT NULL,
  posted_account {int} NOT NULL,
  posted_line {int} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE INDEX ix_receipt_lot__unit_id ON receipt_lot (unit_id, batch_id);

-- A line of a lot. bill_id is 0 when the file names an account only. repeated lines are
-- those that are known already: they are kept while the file is read, to count how often
-- it says the same, and go when it is applied. Append-only after that.
CREATE TABLE receipt_lot_row (
  receivable_account_id {int} NOT NULL,
  batch_id {int} NOT NULL,
  line_no {int} NOT NULL,
  bill_id {int} NOT NULL,
  kind {text} NOT NULL,
  amount {int} NOT NULL,
  received_on {date} NOT NULL,
  reference {text} NOT NULL,
  operator_reference {text} NOT NULL,
  payer {text} NOT NULL,
  repeated {bool} NOT NULL,
  PRIMARY KEY (receivable_account_id, batch_id, line_no)
) {dist};
CREATE INDEX ix_receipt_lot_row__batch_id ON receipt_lot_row (batch_id, receivable_account_id, line_no);
