-- +goose Up

-- Each time a receipt was given on paper: copy_no 1 is the original, the others are
-- duplicates. paper is the format. Append-only.
CREATE TABLE receipt_print (
  receipt_id {int} NOT NULL,
  copy_no {int} NOT NULL,
  paper {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receipt_id, copy_no)
) {control};

-- The paper of the desk's printer, and whether a receipt is printed as soon as it is given.
ALTER TABLE cash_session ADD COLUMN paper {text} NOT NULL DEFAULT 'a5';
ALTER TABLE cash_session ADD COLUMN print_at_once {bool} NOT NULL DEFAULT FALSE;
