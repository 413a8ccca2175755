-- +goose Up

-- Whatever is owed hangs on a receivable account (compte de tiers). closed_on is
-- the first day on which it is closed. A row of a batch is seen once the batch is
-- applied.
CREATE TABLE receivable_account (
  receivable_account_id {int} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  kind {text} NOT NULL,
  unit_id {int} NOT NULL,
  entity_id {int},
  opened_on {date} NOT NULL,
  closed_on {date},
  version {int} NOT NULL,
  batch_id {int}
) {dist};
CREATE INDEX ix_receivable_account__number ON receivable_account (number, receivable_account_id);
CREATE INDEX ix_receivable_account__unit_id ON receivable_account (unit_id);

-- Every number once, wherever its account is kept.
CREATE TABLE account_number (
  number {text} NOT NULL PRIMARY KEY,
  receivable_account_id {int} NOT NULL
) {lookup};

-- Who pays an account instead of its holder, from valid_from (included) to
-- valid_to (excluded; null is open). payer_id is a customer.
CREATE TABLE account_payer (
  receivable_account_id {int} NOT NULL REFERENCES receivable_account (receivable_account_id),
  valid_from {date} NOT NULL,
  valid_to {date},
  payer_id {int} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, valid_from)
) {dist};
CREATE INDEX ix_account_payer__payer_id ON account_payer (payer_id);
