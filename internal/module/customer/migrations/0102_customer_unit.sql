-- +goose Up

-- A list is read unit by unit in its order (op.Merge).
DROP INDEX ix_contract__unit_id;
CREATE INDEX ix_contract__unit_id ON contract (unit_id, code, receivable_account_id);
DROP INDEX ix_customer__unit_id;
CREATE INDEX ix_customer__unit_id ON customer (unit_id, code, id);
CREATE INDEX ix_customer__unit_folded ON customer (unit_id, folded, id);
DROP INDEX ix_service_point__unit_id;
CREATE INDEX ix_service_point__unit_id ON service_point (unit_id, code, id);
