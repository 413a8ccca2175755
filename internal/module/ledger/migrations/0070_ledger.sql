-- +goose Up

-- The chart of accounts (CGNC). An account is open from valid_from (included)
-- to valid_to (excluded; null is open).
CREATE TABLE gl_account (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  label {text} NOT NULL,
  kind {text} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  folded {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_gl_account__code ON gl_account (code);

-- A set of posting rules: the whole of what turns events into entries, for one
-- legal entity (0 is every one), from valid_from until the next active set. A set
-- without recorded_at came with the program.
CREATE TABLE posting_rule_set (
  id {int} NOT NULL PRIMARY KEY,
  label {text} NOT NULL,
  entity_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  status {text} NOT NULL,
  liaison {text} NOT NULL,
  sha256 {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant},
  activated_by {int} NOT NULL,
  activated_at {instant},
  version {int} NOT NULL
) {reference};

-- The lines of a set, in order. service and nature are empty for all.
CREATE TABLE posting_rule (
  set_id {int} NOT NULL REFERENCES posting_rule_set (id),
  line_no {int} NOT NULL,
  event {text} NOT NULL,
  regime {text} NOT NULL,
  book {text} NOT NULL,
  side {text} NOT NULL,
  account {text} NOT NULL,
  measure {text} NOT NULL,
  service {text} NOT NULL,
  nature {text} NOT NULL,
  PRIMARY KEY (set_id, line_no)
) {reference};

-- An entry. receivable_account_id is 0 for what concerns no account: run totals,
-- entries written by people. period is the first day of the accounting month;
-- unit_id the unit whose books hold it; the other stamps are what was true at
-- posting and never change. Append-only.
CREATE TABLE ledger_entry (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  event {text} NOT NULL,
  journal {text} NOT NULL,
  unit_id {int} NOT NULL,
  entity_id {int} NOT NULL,
  operator_id {int} NOT NULL,
  managing_unit_id {int} NOT NULL,
  collecting_unit_id {int} NOT NULL,
  node {int} NOT NULL,
  batch_id {int} NOT NULL,
  exercise {int} NOT NULL,
  budget_year {int} NOT NULL,
  effective_on {date} NOT NULL,
  period {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  document {text} NOT NULL,
  label {text} NOT NULL,
  rule_set_id {int} NOT NULL,
  reverses_id {int},
  actor_id {int} NOT NULL,
  total {int} NOT NULL,
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_ledger_entry__unit_id ON ledger_entry (unit_id, period, id);
CREATE INDEX ix_ledger_entry__effective_on ON ledger_entry (effective_on, id);

-- The lines of an entry: debit positive, credit negative, in centimes.
CREATE TABLE ledger_line (
  receivable_account_id {int} NOT NULL,
  entry_id {int} NOT NULL,
  line_no {int} NOT NULL,
  account {text} NOT NULL,
  service {text} NOT NULL,
  section {text} NOT NULL,
  rate {int} NOT NULL,
  amount {int} NOT NULL,
  unit_id {int} NOT NULL,
  effective_on {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, entry_id, line_no),
  FOREIGN KEY (receivable_account_id, entry_id) REFERENCES ledger_entry (receivable_account_id, id)
) {dist};
CREATE INDEX ix_ledger_line__account ON ledger_line (account, unit_id, effective_on, recorded_at, amount);

-- What is owed (amount above zero) or due to the customer (below zero), with its
-- split. account is the control account on which it stands. Append-only.
CREATE TABLE open_item (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  kind {text} NOT NULL,
  account {text} NOT NULL,
  amount {int} NOT NULL,
  split {text} NOT NULL,
  document {text} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  managing_unit_id {int} NOT NULL,
  entity_id {int} NOT NULL,
  operator_id {int} NOT NULL,
  batch_id {int} NOT NULL,
  entry_id {int} NOT NULL,
  exercise {int} NOT NULL,
  budget_year {int} NOT NULL,
  issued_on {date} NOT NULL,
  due_on {date} NOT NULL,
  effective_on {date} NOT NULL,
  period {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_open_item__ageing ON open_item
  (managing_unit_id, due_on, issued_on, category, legal_nature, effective_on, recorded_at, period, amount);

-- A lettrage: amount of a debit item paid by a credit item, each with what it
-- moved of its split. A reversal is a row with an amount below zero. reserved
-- says that the money is not there yet (a cheque before clearing). The stamps of
-- both items are repeated for the ageing. Append-only.
CREATE TABLE allocation (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  debit_item_id {int} NOT NULL,
  credit_item_id {int} NOT NULL,
  amount {int} NOT NULL,
  debit_split {text} NOT NULL,
  credit_split {text} NOT NULL,
  reserved {bool} NOT NULL,
  reverses_id {int},
  entry_id {int} NOT NULL,
  batch_id {int} NOT NULL,
  actor_id {int} NOT NULL,
  reason {text} NOT NULL,
  managing_unit_id {int} NOT NULL,
  due_on {date} NOT NULL,
  issued_on {date} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  credit_unit_id {int} NOT NULL,
  credit_category {text} NOT NULL,
  credit_legal_nature {text} NOT NULL,
  effective_on {date} NOT NULL,
  period {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, id),
  FOREIGN KEY (receivable_account_id, debit_item_id) REFERENCES open_item (receivable_account_id, id),
  FOREIGN KEY (receivable_account_id, credit_item_id) REFERENCES open_item (receivable_account_id, id)
) {dist};
CREATE INDEX ix_allocation__ageing ON allocation
  (managing_unit_id, due_on, issued_on, category, legal_nature, effective_on, recorded_at, period, amount);
CREATE INDEX ix_allocation__credit ON allocation
  (credit_unit_id, credit_category, credit_legal_nature, effective_on, recorded_at, amount);

-- The moment at which a reserved allocation counted for taxes. Append-only.
CREATE TABLE allocation_clearing (
  receivable_account_id {int} NOT NULL,
  allocation_id {int} NOT NULL,
  entry_id {int} NOT NULL,
  effective_on {date} NOT NULL,
  period {date} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, allocation_id),
  FOREIGN KEY (receivable_account_id, allocation_id) REFERENCES allocation (receivable_account_id, id)
) {dist};

-- A closed month of a unit: control totals and the hash of its rows. A month that
-- has no row is open. Append-only.
CREATE TABLE period_closing (
  unit_id {int} NOT NULL,
  month {date} NOT NULL,
  number {text} NOT NULL,
  entries {int} NOT NULL,
  lines {int} NOT NULL,
  debit {int} NOT NULL,
  items {int} NOT NULL,
  items_debit {int} NOT NULL,
  items_credit {int} NOT NULL,
  allocations {int} NOT NULL,
  allocated {int} NOT NULL,
  sha256 {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (unit_id, month)
) {control};
CREATE UNIQUE INDEX uq_period_closing__number ON period_closing (number);

-- The items of a unit at the end of a closed month, as they were known then: what
-- was left of debits by due and issue date, and of credits (due_on is null).
CREATE TABLE period_ageing (
  unit_id {int} NOT NULL,
  month {date} NOT NULL,
  line_no {int} NOT NULL,
  due_on {date},
  issued_on {date},
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  amount {int} NOT NULL,
  PRIMARY KEY (unit_id, month, line_no)
) {control};
