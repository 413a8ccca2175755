-- +goose Up

-- How a consumption is estimated, for a tariff category (empty: all) from a date until the
-- next row of the same category. cover is the part of the period, in percent, that must
-- have been read the year before; power_hours are hours a day.
CREATE TABLE estimate_rule (
  category {text} NOT NULL,
  valid_from {date} NOT NULL,
  cover {int} NOT NULL,
  periods {int} NOT NULL,
  power_hours {int} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (category, valid_from)
) {reference};

-- Readings of a unit or of all, the latest first.
CREATE INDEX ix_reading__reading_date ON reading (reading_date, receivable_account_id, id);
