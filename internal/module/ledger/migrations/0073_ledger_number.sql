-- +goose Up

-- The legal numbers of the entries, given when a month is closed (adr/0013): those of
-- one journal in a month of a unit are first_number and the entries - 1 that follow,
-- in the order of the accounting date, of recording and of identity. A series is that
-- of an entity, unit, journal and exercise; it begins at 1 and has no gap. Append-only.
CREATE TABLE entry_series (
  unit_id {int} NOT NULL,
  month {date} NOT NULL,
  entity_id {int} NOT NULL,
  journal {text} NOT NULL,
  exercise {int} NOT NULL,
  first_number {int} NOT NULL,
  entries {int} NOT NULL,
  PRIMARY KEY (unit_id, month, entity_id, journal)
) {control};
CREATE UNIQUE INDEX uq_entry_series__first ON entry_series (unit_id, entity_id, journal, exercise, first_number);

-- Where the result of past exercises stands in the opening entry of an export.
INSERT INTO gl_account (id, code, label, kind, valid_from, folded, version) VALUES
  (53, '1181', 'Résultats nets en instance d''affectation (solde créditeur)', 'ordinary', '2000-01-01',
    'resultats nets en instance d''affectation (solde crediteur) 1181', 1),
  (54, '1189', 'Résultats nets en instance d''affectation (solde débiteur)', 'ordinary', '2000-01-01',
    'resultats nets en instance d''affectation (solde debiteur) 1189', 1);

-- The months that were closed before.
INSERT INTO entry_series (unit_id, month, entity_id, journal, exercise, first_number, entries)
SELECT unit_id, month, entity_id, journal, exercise, CAST(1 + upto - entries AS {int}), entries FROM (
  SELECT unit_id, month, entity_id, journal, exercise, entries,
    sum(entries) OVER (PARTITION BY unit_id, entity_id, journal, exercise ORDER BY month) AS upto
  FROM (
    SELECT unit_id, month, entity_id, journal, entries,
      CAST(substr(CAST(month AS {text}), 1, 4) AS {int}) - CASE WHEN CAST(substr(CAST(month AS {text}), 6, 2) AS {int}) < coalesce((
        SELECT CAST(f.value AS {int}) FROM entity_fiscal f WHERE f.entity_id = closed.entity_id AND f.parameter = 'exercise_start_month'
          AND f.valid_from <= closed.month ORDER BY f.valid_from DESC LIMIT 1), 1) THEN 1 ELSE 0 END AS exercise
    FROM (
      SELECT e.unit_id, e.period AS month, e.entity_id, e.journal, count(*) AS entries FROM ledger_entry e
      JOIN period_closing c ON c.unit_id = e.unit_id AND c.month = e.period GROUP BY e.unit_id, e.period, e.entity_id, e.journal
    ) AS closed
  ) AS dated
) AS summed;
