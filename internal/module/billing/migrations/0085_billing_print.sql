-- +goose Up

-- The print file of a run: its bills on paper in the order of the walks. parts is how
-- many files it is made of, sha256 and size name the whole in the store of contents.
CREATE TABLE billing_print (
  id {int} NOT NULL PRIMARY KEY,
  run_id {int} NOT NULL REFERENCES billing_run (id),
  unit_id {int} NOT NULL,
  state {text} NOT NULL,
  duplicate {bool} NOT NULL,
  bills {int} NOT NULL,
  pages {int} NOT NULL,
  parts {int} NOT NULL,
  total {int} NOT NULL,
  sha256 {text} NOT NULL,
  size {int} NOT NULL,
  requested_by {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  finished_at {instant}
) {control};
CREATE INDEX ix_billing_print__run_id ON billing_print (run_id, recorded_at);
CREATE INDEX ix_billing_print__unit_id ON billing_print (unit_id, recorded_at);

-- A part of a print file: up to a thousand bills of one walk, from the one at from_bill
-- on; route_id 0 are those outside all walks. last_ordinal is where a part outside the
-- walks ended.
CREATE TABLE billing_print_part (
  print_id {int} NOT NULL REFERENCES billing_print (id),
  part_no {int} NOT NULL,
  route_id {int} NOT NULL,
  route_code {text} NOT NULL,
  from_bill {int} NOT NULL,
  bills {int} NOT NULL,
  pages {int} NOT NULL,
  total {int} NOT NULL,
  first_number {text} NOT NULL,
  last_number {text} NOT NULL,
  last_ordinal {int} NOT NULL,
  sha256 {text} NOT NULL,
  size {int} NOT NULL,
  PRIMARY KEY (print_id, part_no)
) {control};
