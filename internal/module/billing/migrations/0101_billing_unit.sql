-- +goose Up

-- A list of bills is read unit by unit in the order of their days (op.Merge). The bills of a
-- run come unit by unit: they are added at the end of each.
DROP INDEX ix_bill__issued_on;
CREATE INDEX ix_bill__unit_id ON bill (unit_id, issued_on, receivable_account_id, id);
CREATE INDEX ix_bill__credit_note ON bill (unit_id, issued_on, receivable_account_id, id) WHERE kind = 'credit_note';
