-- +goose Up

-- What the bills of a run come to by unit, service and category: what later runs are
-- compared with. Runs that were out before have theirs from their bills.
CREATE TABLE billing_sum (
  run_id {int} NOT NULL REFERENCES billing_run (id),
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  bills {int} NOT NULL,
  quantity {int} NOT NULL,
  net {int} NOT NULL,
  tax {int} NOT NULL,
  total {int} NOT NULL,
  PRIMARY KEY (run_id, unit_id, service, category)
) {control};
CREATE INDEX ix_billing_run__from_month ON billing_run (from_month, to_month);
INSERT INTO billing_sum (run_id, unit_id, service, category, bills, quantity, net, tax, total)
SELECT run_id, unit_id, service, category, count(*), CAST(sum(quantity) AS {int}), CAST(sum(net) AS {int}), CAST(sum(tax) AS {int}), CAST(sum(total) AS {int})
FROM bill WHERE kind = 'bill' GROUP BY run_id, unit_id, service, category;
