-- +goose Up

-- Cheques handed to a bank together (bordereau de remise). Append-only.
CREATE TABLE cheque_deposit (
  id {int} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  serial {int} NOT NULL,
  entity_id {int} NOT NULL,
  exercise {int} NOT NULL,
  unit_id {int} NOT NULL,
  deposited_on {date} NOT NULL,
  bank {text} NOT NULL,
  cheques {int} NOT NULL,
  total {int} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_cheque_deposit__number ON cheque_deposit (number);

-- What became of a tender that settles at clearing: deposited, cleared, returned, in this
-- order. fee is what the bank keeps for a return. Append-only.
CREATE TABLE cheque_event (
  tender_id {int} NOT NULL,
  event_no {int} NOT NULL,
  state {text} NOT NULL,
  deposit_id {int} NOT NULL,
  happened_on {date} NOT NULL,
  fee {int} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (tender_id, event_no)
) {control};
CREATE INDEX ix_cheque_event__deposit_id ON cheque_event (deposit_id) WHERE deposit_id > 0;

CREATE INDEX ix_receipt_tender__id ON receipt_tender (id);
