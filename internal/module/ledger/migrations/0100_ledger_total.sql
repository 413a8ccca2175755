-- +goose Up

-- What is owed and what is due to customers, kept as it grows, and what was billed and
-- received by accounting month: the sums of open_item, allocation and item_transfer by what
-- their items have in common, in centimes. owed is what is left of the debits, credit what
-- is left of the credits (above zero), doubtful what of owed is on the account of doubtful
-- debts; billed, received and collected are the operands of the rates of collection.
-- effective_on is the day from which a row counts; 1000-01-01 stands for every day up to
-- owed_fold.through_on. Nothing is lost with these tables: verify makes them again from the
-- rows themselves.

-- What each posting changed of them, until it is added to owed_total and rate_total: a
-- posting appends, and waits for nobody.
CREATE TABLE owed_change (
  id {int} NOT NULL PRIMARY KEY,
  managing_unit_id {int} NOT NULL,
  due_on {date} NOT NULL,
  issued_on {date} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  effective_on {date} NOT NULL,
  owed {int} NOT NULL,
  credit {int} NOT NULL,
  doubtful {int} NOT NULL,
  period {date} NOT NULL,
  billed {int} NOT NULL,
  collected {int} NOT NULL,
  received {int} NOT NULL
) {control};

CREATE TABLE owed_total (
  managing_unit_id {int} NOT NULL,
  due_on {date} NOT NULL,
  issued_on {date} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  legal_nature {text} NOT NULL,
  effective_on {date} NOT NULL,
  owed {int} NOT NULL,
  credit {int} NOT NULL,
  doubtful {int} NOT NULL,
  PRIMARY KEY (managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on)
) {control};
CREATE INDEX ix_owed_total__sum ON owed_total
  (managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, owed, credit, doubtful);
-- The rows of days that are over, and those of which nothing is left.
CREATE INDEX ix_owed_total__effective_on ON owed_total (effective_on) WHERE effective_on > '1000-01-01';
CREATE INDEX ix_owed_total__nothing ON owed_total (managing_unit_id) WHERE owed = 0 AND credit = 0 AND doubtful = 0;

-- By the accounting month of the items.
CREATE TABLE rate_total (
  period {date} NOT NULL,
  managing_unit_id {int} NOT NULL,
  effective_on {date} NOT NULL,
  billed {int} NOT NULL,
  collected {int} NOT NULL,
  received {int} NOT NULL,
  PRIMARY KEY (period, managing_unit_id, effective_on)
) {control};
CREATE INDEX ix_rate_total__effective_on ON rate_total (effective_on) WHERE effective_on > '1000-01-01';

-- What the debits of a unit changed by in a month of effective days: what was owed at the
-- end of any month is the sum up to it.
CREATE TABLE owed_month (
  managing_unit_id {int} NOT NULL,
  month {date} NOT NULL,
  owed {int} NOT NULL,
  PRIMARY KEY (managing_unit_id, month)
) {control};

CREATE TABLE owed_fold (
  one {int} NOT NULL PRIMARY KEY,
  through_on {date} NOT NULL
) {control};

INSERT INTO owed_total (managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, owed, credit, doubtful)
SELECT managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, CAST(sum(owed) AS {int}), CAST(sum(credit) AS {int}),
  CAST(sum(doubtful) AS {int})
FROM (
  SELECT managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on, CASE WHEN amount > 0 THEN amount ELSE 0 END AS owed,
    CASE WHEN amount < 0 THEN -amount ELSE 0 END AS credit, 0 AS doubtful FROM open_item
  UNION ALL
  SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, a.effective_on, -a.amount, 0, 0
    FROM allocation a JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.debit_item_id
  UNION ALL
  SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, a.effective_on, 0, -a.amount, 0
    FROM allocation a JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.credit_item_id
  UNION ALL
  SELECT i.managing_unit_id, i.due_on, i.issued_on, i.service, i.category, i.legal_nature, t.effective_on, 0, 0, t.amount
    FROM item_transfer t JOIN open_item i ON i.receivable_account_id = t.receivable_account_id AND i.id = t.item_id
) AS moves
GROUP BY managing_unit_id, due_on, issued_on, service, category, legal_nature, effective_on
HAVING sum(owed) <> 0 OR sum(credit) <> 0 OR sum(doubtful) <> 0;

INSERT INTO rate_total (period, managing_unit_id, effective_on, billed, collected, received)
SELECT period, managing_unit_id, effective_on, CAST(sum(billed) AS {int}), CAST(sum(collected) AS {int}), CAST(sum(received) AS {int})
FROM (
  SELECT period, managing_unit_id, effective_on, CASE WHEN kind IN ('bill', 'works', 'penalty', 'costs') THEN amount ELSE 0 END AS billed, 0 AS collected,
    CASE WHEN kind IN ('return', 'receipt', 'overpayment', 'advance', 'unallocated') THEN -amount ELSE 0 END AS received FROM open_item
  UNION ALL
  SELECT i.period, i.managing_unit_id, a.effective_on, 0, a.amount, 0 FROM allocation a
    JOIN open_item i ON i.receivable_account_id = a.receivable_account_id AND i.id = a.debit_item_id
    JOIN open_item c ON c.receivable_account_id = a.receivable_account_id AND c.id = a.credit_item_id
    WHERE i.kind IN ('bill', 'works', 'penalty', 'costs') AND c.kind IN ('receipt', 'overpayment', 'advance', 'unallocated')
) AS moves
GROUP BY period, managing_unit_id, effective_on
HAVING sum(billed) <> 0 OR sum(collected) <> 0 OR sum(received) <> 0;

INSERT INTO owed_month (managing_unit_id, month, owed)
SELECT managing_unit_id, month, CAST(sum(owed) AS {int}) FROM (
  SELECT managing_unit_id, CAST(substr(CAST(effective_on AS {text}), 1, 7) || '-01' AS {date}) AS month, amount AS owed FROM open_item WHERE amount > 0
  UNION ALL
  SELECT managing_unit_id, CAST(substr(CAST(effective_on AS {text}), 1, 7) || '-01' AS {date}), -amount FROM allocation
) AS moves
GROUP BY managing_unit_id, month
HAVING sum(owed) <> 0;
