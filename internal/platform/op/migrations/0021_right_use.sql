-- +goose Up

-- The last business day on which a user used a right, kept by each command as the
-- audit would tell it: used_at is an instant of that day, of the first use known.
-- The review of rights reads it instead of the audit.
CREATE TABLE right_use (
  user_id {int} NOT NULL,
  right_name {text} NOT NULL,
  used_at {instant} NOT NULL,
  PRIMARY KEY (user_id, right_name)
) {control};
CREATE INDEX ix_right_use__used_at ON right_use (used_at);

INSERT INTO right_use (user_id, right_name, used_at)
SELECT user_id, right_name, max(used_at)
FROM (
  SELECT actor_id AS user_id, operation AS right_name, recorded_at AS used_at FROM audit WHERE outcome <> 'refused'
  UNION ALL
  SELECT approver_id, operation || '.approve', recorded_at FROM audit WHERE outcome <> 'refused'
) AS u
WHERE user_id <> 0
GROUP BY user_id, right_name;
