-- +goose Up

-- Contracts that have not begun yet are the last few of this index.
CREATE INDEX ix_contract__starts_on ON contract (starts_on);
