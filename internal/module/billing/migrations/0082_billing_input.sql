-- +goose Up

-- What the bills of a part are priced from, from its drafts to the end of the issue
-- (frozen.go). reservation counts the runs of
-- an entity in the order in which they took their numbers; 0 before.
CREATE TABLE billing_input (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  chunk_no {int} NOT NULL,
  body {bytes} NOT NULL,
  PRIMARY KEY (run_id, chunk_no)
) {control};
ALTER TABLE billing_run ADD COLUMN reservation {int} NOT NULL DEFAULT 0;
