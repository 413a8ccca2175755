-- +goose Up

-- What a closing counts, and verify counts again: the rows of a unit and month, in
-- the order of their hash.
CREATE INDEX ix_open_item__period ON open_item (managing_unit_id, period, receivable_account_id, id);
CREATE INDEX ix_allocation__period ON allocation (managing_unit_id, period, receivable_account_id, id);
CREATE INDEX ix_allocation_clearing__period ON allocation_clearing (period, receivable_account_id, allocation_id);

-- A closed month over all units.
CREATE INDEX ix_period_closing__month ON period_closing (month, unit_id);
CREATE INDEX ix_period_ageing__month ON period_ageing (month, unit_id);

-- What was owed to a unit at the end of a closed month, by the usual ages: the sums
-- of its rows of period_ageing. counted is the date from which age is counted (due,
-- issue); from_days is the first day late of the age, 0 for what was not late, -1
-- for what was due to customers. A month closed before this table has no row.
CREATE TABLE period_age (
  month {date} NOT NULL,
  counted {text} NOT NULL,
  unit_id {int} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  from_days {int} NOT NULL,
  amount {int} NOT NULL,
  PRIMARY KEY (month, counted, unit_id, category, legal_nature, from_days)
) {control};
