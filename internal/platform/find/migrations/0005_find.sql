-- +goose Up

-- The words by which records are found: one row for each word of each record.
-- Derived from the records by the program; ref is the id of a record of kind.
CREATE TABLE find_term (
  term {text} NOT NULL,
  kind {text} NOT NULL,
  ref {int} NOT NULL,
  PRIMARY KEY (term, kind, ref)
) {lookup};
