-- +goose Up

-- From which age a debt is doubtful: days late, by category and legal nature (empty is
-- every one), from valid_from until the next rule of the same two. 0 days is never.
-- account is the control account of doubtful debts. Append-only; the last one recorded
-- of a day holds. A rule without recorded_at came with the program.
CREATE TABLE doubtful_rule (
  id {int} NOT NULL PRIMARY KEY,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  valid_from {date} NOT NULL,
  days_late {int} NOT NULL,
  account {text} NOT NULL,
  label {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant}
) {reference};

-- An example to begin with: no law says from which age a debt is doubtful.
INSERT INTO doubtful_rule (id, category, legal_nature, valid_from, days_late, account, label, reason, actor_id)
VALUES (1, '', '', '2000-01-01', 360, '3424', 'Exemple : à remplacer par la règle de l’établissement', '', 0);

-- What of an item has gone to the account of doubtful debts (amount above zero) or has
-- come back from it (below zero), in centimes. allocation_id is the payment that
-- brought it back. The stamps of the item are repeated for the ageing. Append-only.
CREATE TABLE item_transfer (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  item_id {int} NOT NULL,
  from_account {text} NOT NULL,
  to_account {text} NOT NULL,
  amount {int} NOT NULL,
  allocation_id {int},
  entry_id {int} NOT NULL,
  actor_id {int} NOT NULL,
  reason {text} NOT NULL,
  managing_unit_id {int} NOT NULL,
  due_on {date} NOT NULL,
  issued_on {date} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  effective_on {date} NOT NULL,
  period {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, id),
  FOREIGN KEY (receivable_account_id, item_id) REFERENCES open_item (receivable_account_id, id)
) {dist};
CREATE INDEX ix_item_transfer__item ON item_transfer (receivable_account_id, item_id, amount);
CREATE INDEX ix_item_transfer__period ON item_transfer (managing_unit_id, period, receivable_account_id, id);
