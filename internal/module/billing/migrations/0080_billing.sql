-- +goose Up

-- A billing run: what it is about, where it stands, what was approved. categories
-- holds a category a line, empty for all; from_month and to_month are first days
-- of months, both included. first_number and first_bill_id are 0 until the issue has
-- reserved them. peaks is the tree of the hash while the drafts are computed.
CREATE TABLE billing_run (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  unit_id {int} NOT NULL,
  route_id {int} NOT NULL,
  categories {text} NOT NULL,
  service {text} NOT NULL,
  from_month {date} NOT NULL,
  to_month {date} NOT NULL,
  issued_on {date} NOT NULL,
  due_on {date} NOT NULL,
  chunk_size {int} NOT NULL,
  state {text} NOT NULL,
  due {int} NOT NULL,
  missing {int} NOT NULL,
  bills {int} NOT NULL,
  net {int} NOT NULL,
  tax {int} NOT NULL,
  total {int} NOT NULL,
  sha256 {text} NOT NULL,
  entity_id {int} NOT NULL,
  exercise {int} NOT NULL,
  first_number {int} NOT NULL,
  first_bill_id {int} NOT NULL,
  prepared_by {int} NOT NULL,
  approved_by {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  approved_at {instant},
  issued_at {instant},
  version {int} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_billing_run__code ON billing_run (code);
CREATE INDEX ix_billing_run__unit_id ON billing_run (unit_id, recorded_at);

-- A part of a run: after the keys of the part before, up to last_*. inputs is the
-- hash of what was read, sha256 that of the bills.
CREATE TABLE billing_chunk (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  chunk_no {int} NOT NULL,
  last_unit_id {int} NOT NULL,
  last_account_id {int} NOT NULL,
  last_consumption_id {int} NOT NULL,
  first_ordinal {int} NOT NULL,
  bills {int} NOT NULL,
  net {int} NOT NULL,
  tax {int} NOT NULL,
  total {int} NOT NULL,
  exceptions {int} NOT NULL,
  inputs {text} NOT NULL,
  sha256 {text} NOT NULL,
  issued {bool} NOT NULL,
  PRIMARY KEY (run_id, chunk_no)
) {control};

-- The versions a run was computed with.
CREATE TABLE billing_version (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  version_id {int} NOT NULL,
  kind {text} NOT NULL,
  tariff {text} NOT NULL,
  version {text} NOT NULL,
  sha256 {text} NOT NULL,
  PRIMARY KEY (run_id, version_id)
) {control};

-- The totals of a run by unit, service, category and line (block) of the bills.
CREATE TABLE billing_total (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  line {text} NOT NULL,
  bills {int} NOT NULL,
  quantity {int} NOT NULL,
  amount {int} NOT NULL,
  PRIMARY KEY (run_id, unit_id, service, category, line)
) {control};

-- What a run posts: one entry for each unit and service, with what its items take
-- over from it once the issue has begun.
CREATE TABLE billing_book (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  bills {int} NOT NULL,
  total {int} NOT NULL,
  split {text} NOT NULL,
  entry_id {int} NOT NULL,
  entity_id {int} NOT NULL,
  operator_id {int} NOT NULL,
  account {text} NOT NULL,
  exercise {int} NOT NULL,
  budget_year {int} NOT NULL,
  period {date},
  posted_at {instant},
  PRIMARY KEY (run_id, unit_id, service)
) {control};

-- What the controls of a run found, and what was decided. consumption_id is 0 for a
-- contract without consumption. severity_rank 0 blocks, 1 warns.
CREATE TABLE billing_exception (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  run_id {int} NOT NULL,
  contract_id {int} NOT NULL,
  contract_code {text} NOT NULL,
  unit_id {int} NOT NULL,
  consumption_id {int} NOT NULL,
  rule {text} NOT NULL,
  severity_rank {int} NOT NULL,
  detail {text} NOT NULL,
  amount {int} NOT NULL,
  state {text} NOT NULL,
  owner_id {int} NOT NULL,
  reason {text} NOT NULL,
  decided_by {int} NOT NULL,
  decided_at {instant},
  recorded_at {instant} NOT NULL,
  version {int} NOT NULL,
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_billing_exception__run_id ON billing_exception (run_id, severity_rank, receivable_account_id, id);

-- A bill, or the credit note that cancels one: amounts of a credit note are below
-- zero. document holds its lines (tariff.Document, base64), attributes what the tariff
-- asked of the contract, taxes the rates printed. turn counts the times its
-- consumption was billed and cancelled before. Append-only.
CREATE TABLE bill (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  run_id {int} NOT NULL,
  ordinal {int} NOT NULL,
  kind {text} NOT NULL,
  number {text} NOT NULL,
  serial {int} NOT NULL,
  entity_id {int} NOT NULL,
  exercise {int} NOT NULL,
  unit_id {int} NOT NULL,
  contract_id {int} NOT NULL,
  contract_code {text} NOT NULL,
  consumption_id {int} NOT NULL,
  turn {int} NOT NULL,
  cancels_id {int},
  service {text} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  tariff {text} NOT NULL,
  from_date {date} NOT NULL,
  to_date {date} NOT NULL,
  quantity {int} NOT NULL,
  attributes {text} NOT NULL,
  issued_on {date} NOT NULL,
  due_on {date} NOT NULL,
  net {int} NOT NULL,
  tax {int} NOT NULL,
  total {int} NOT NULL,
  taxes {text} NOT NULL,
  document {text} NOT NULL,
  reason {text} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE UNIQUE INDEX uq_bill__consumption_id ON bill (receivable_account_id, consumption_id, kind, turn);
CREATE UNIQUE INDEX uq_bill__cancels_id ON bill (receivable_account_id, cancels_id);
CREATE INDEX ix_bill__run_id ON bill (run_id, ordinal);
CREATE INDEX ix_bill__unit_id ON bill (unit_id, issued_on, id);
CREATE INDEX ix_bill__number ON bill (number);
