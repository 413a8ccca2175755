-- +goose Up

-- Only credit notes have a bill that they cancel: the others are no entry of the index. A
-- list of bills begins with the latest, wherever they are from.
DROP INDEX uq_bill__cancels_id;
CREATE UNIQUE INDEX uq_bill__cancels_id ON bill (receivable_account_id, cancels_id) WHERE cancels_id > 0;
DROP INDEX ix_bill__unit_id;
CREATE INDEX ix_bill__issued_on ON bill (issued_on, receivable_account_id, id);
