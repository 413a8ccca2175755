-- +goose Up

-- A tariff file as it was handed in, comments included. It is never changed.
CREATE TABLE tariff_file (
  id {int} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  sha256 {text} NOT NULL,
  source {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_tariff_file__sha256 ON tariff_file (sha256);

-- What versions belong to: a tariff, or a table of VAT rates. The words are those
-- of the version that was imported, or activated, last.
CREATE TABLE tariff (
  id {int} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  code {text} NOT NULL,
  label {text} NOT NULL,
  service {text} NOT NULL,
  unit {text} NOT NULL,
  currency {text} NOT NULL,
  folded {text} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_tariff__code ON tariff (kind, code);

-- One version: its canonical text with the head of its tariff, and the hash of that
-- text. Once activated_at is set, text and hash never change: bills refer to them.
-- valid_to is the first day on which it no longer holds; null until the next one.
CREATE TABLE tariff_version (
  id {int} NOT NULL PRIMARY KEY,
  tariff_id {int} NOT NULL REFERENCES tariff (id),
  code {text} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  status {text} NOT NULL,
  provenance {text} NOT NULL,
  state {text} NOT NULL,
  sha256 {text} NOT NULL,
  content {text} NOT NULL,
  file_id {int} NOT NULL REFERENCES tariff_file (id),
  imported_by {int} NOT NULL,
  imported_at {instant} NOT NULL,
  activated_at {instant},
  ended_at {instant},
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_tariff_version__code ON tariff_version (tariff_id, code);
CREATE INDEX ix_tariff_version__state ON tariff_version (state, tariff_id);
CREATE INDEX ix_tariff_version__file_id ON tariff_version (file_id);

-- The identity of what is active: a new id at each change, never used twice.
CREATE TABLE tariff_book (
  one {int} NOT NULL PRIMARY KEY CHECK (one = 1),
  stamp {int} NOT NULL
) {control};
