-- +goose Up

-- A list of items is read unit by unit in the order of their due dates (op.Merge). The items
-- of a run come unit by unit, account by account: they are added at the end of each date.
CREATE INDEX ix_open_item__due ON open_item (managing_unit_id, due_on, receivable_account_id, id);
