-- +goose Up

-- How people pay, from valid_from until the next row of the same code. accepted
-- false ends it. account is where the money comes in, transit_account where a cheque
-- waits at the bank, bank_account where it arrives. stamp_rate is in 10⁻⁴ of the amount.
-- source says where the values are from. Append-only.
CREATE TABLE tender_kind (
  code {text} NOT NULL,
  valid_from {date} NOT NULL,
  id {int} NOT NULL,
  label {text} NOT NULL,
  account {text} NOT NULL,
  transit_account {text} NOT NULL,
  bank_account {text} NOT NULL,
  settles {text} NOT NULL,
  stamp_rate {int} NOT NULL,
  gives_change {bool} NOT NULL,
  needs_reference {bool} NOT NULL,
  accepted {bool} NOT NULL,
  status {text} NOT NULL,
  source {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant},
  PRIMARY KEY (code, valid_from)
) {reference};
CREATE UNIQUE INDEX uq_tender_kind__id ON tender_kind (id);

INSERT INTO tender_kind (code, valid_from, id, label, account, transit_account, bank_account, settles, stamp_rate, gives_change, needs_reference, accepted,
  status, source, reason, actor_id) VALUES
  ('cash', '2000-01-01', 1, 'Espèces', '5161', '', '5141', 'receipt', 25, TRUE, FALSE, TRUE, 'example',
    'Droit de timbre de quittance : 0,25 % des encaissements en espèces (CGI, art. 252-I-B)', '', 0),
  ('cheque', '2000-01-01', 2, 'Chèque', '51111', '51112', '5141', 'clearing', 0, FALSE, TRUE, TRUE, 'example', 'Plan comptable (CGNC)', '', 0),
  ('transfer', '2000-01-01', 3, 'Virement', '5141', '', '5141', 'receipt', 0, FALSE, TRUE, TRUE, 'example', 'Plan comptable (CGNC)', '', 0),
  ('card', '2000-01-01', 4, 'Carte bancaire', '5118', '', '5141', 'receipt', 0, FALSE, TRUE, TRUE, 'example', 'Plan comptable (CGNC)', '', 0),
  ('postal', '2000-01-01', 5, 'Versement postal', '5146', '', '5146', 'receipt', 0, FALSE, TRUE, TRUE, 'example', 'Plan comptable (CGNC)', '', 0),
  ('treasury', '2000-01-01', 6, 'Trésorerie Générale', '5143', '', '5143', 'receipt', 0, FALSE, TRUE, TRUE, 'example', 'Plan comptable (CGNC)', '', 0);

-- The session of a desk: one cashier, one day. receipts counts those taken, which are
-- numbered 1, 2, 3 … within it. expected, counted and difference are 0 until it is closed.
CREATE TABLE cash_session (
  id {int} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  serial {int} NOT NULL,
  entity_id {int} NOT NULL,
  exercise {int} NOT NULL,
  unit_id {int} NOT NULL,
  desk {text} NOT NULL,
  cashier_id {int} NOT NULL,
  business_day {date} NOT NULL,
  opening_float {int} NOT NULL,
  state {text} NOT NULL,
  receipts {int} NOT NULL,
  expected {int} NOT NULL,
  counted {int} NOT NULL,
  difference {int} NOT NULL,
  reason {text} NOT NULL,
  opened_at {instant} NOT NULL,
  closed_at {instant},
  closed_by {int} NOT NULL,
  version {int} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_cash_session__number ON cash_session (number);
CREATE UNIQUE INDEX uq_cash_session__cashier_id ON cash_session (cashier_id) WHERE state = 'open';
CREATE INDEX ix_cash_session__unit_id ON cash_session (unit_id, business_day, id);

-- What a desk gave for money received. Amounts are in centimes: total settles, stamp is
-- the duty on top, given and change_back are cash over the counter. Append-only: a
-- cancellation is a row of receipt_cancel.
CREATE TABLE receipt (
  id {int} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  ordinal {int} NOT NULL,
  session_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  entity_id {int} NOT NULL,
  customer_id {int} NOT NULL,
  payer {text} NOT NULL,
  received_on {date} NOT NULL,
  total {int} NOT NULL,
  stamp {int} NOT NULL,
  given {int} NOT NULL,
  change_back {int} NOT NULL,
  note {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_receipt__number ON receipt (number);
CREATE UNIQUE INDEX uq_receipt__session_id ON receipt (session_id, ordinal);
CREATE INDEX ix_receipt__unit_id ON receipt (unit_id, received_on, id);

-- A receipt taken back. Append-only.
CREATE TABLE receipt_cancel (
  receipt_id {int} NOT NULL PRIMARY KEY,
  cancelled_on {date} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};

-- The means of a receipt, with what was true of its kind on the day. Append-only.
CREATE TABLE receipt_tender (
  receipt_id {int} NOT NULL,
  tender_no {int} NOT NULL,
  id {int} NOT NULL,
  session_id {int} NOT NULL,
  kind {text} NOT NULL,
  account {text} NOT NULL,
  settles {text} NOT NULL,
  cash {bool} NOT NULL,
  amount {int} NOT NULL,
  stamp {int} NOT NULL,
  reference {text} NOT NULL,
  bank {text} NOT NULL,
  drawer {text} NOT NULL,
  PRIMARY KEY (receipt_id, tender_no)
) {control};
CREATE INDEX ix_receipt_tender__session_id ON receipt_tender (session_id, kind);

-- What a receipt settles on one account with one of its tenders: the item it opened in
-- the ledger. Append-only.
CREATE TABLE receipt_line (
  receivable_account_id {int} NOT NULL,
  receipt_id {int} NOT NULL,
  line_no {int} NOT NULL,
  tender_no {int} NOT NULL,
  kind {text} NOT NULL,
  amount {int} NOT NULL,
  item_id {int} NOT NULL,
  PRIMARY KEY (receivable_account_id, receipt_id, line_no)
) {dist};
CREATE INDEX ix_receipt_line__receipt_id ON receipt_line (receipt_id, line_no);
