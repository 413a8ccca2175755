-- +goose Up

-- Work carried out in chunks. One row is one job, from its request to its end;
-- the checkpoint, the counters and the lease move in the transaction of each
-- step. A worker writes only while the fence is the one it was given.
CREATE TABLE job (
  id {int} NOT NULL PRIMARY KEY,
  operation {text} NOT NULL,
  input {text} NOT NULL,
  unit_id {int} NOT NULL,
  actor_id {int} NOT NULL,
  request_id {text} NOT NULL,
  state {text} NOT NULL,
  step {text} NOT NULL,
  checkpoint {text} NOT NULL,
  priority {int} NOT NULL,
  run_at {instant} NOT NULL,
  unique_key {text},
  schedule_code {text},
  due_at {instant},
  fence {int} NOT NULL,
  worker {text} NOT NULL,
  lease_until {instant},
  attempts {int} NOT NULL,
  total {int} NOT NULL,
  done {int} NOT NULL,
  worked_ms {int} NOT NULL,
  error_code {text} NOT NULL,
  error_args {text} NOT NULL,
  summary {text} NOT NULL,
  recorded_at {instant} NOT NULL,
  started_at {instant},
  finished_at {instant}
) {control};
CREATE UNIQUE INDEX uq_job__unique_key ON job (unique_key);
CREATE UNIQUE INDEX uq_job__schedule_code__due_at ON job (schedule_code, due_at);
CREATE INDEX ix_job__state ON job (state, priority, run_at, id);
CREATE INDEX ix_job__actor_id ON job (actor_id, id);
CREATE INDEX ix_job__finished_at ON job (finished_at);

-- What starts by itself. next_run_at moves in the transaction that queues the
-- job, so that two processes never start the same due time.
CREATE TABLE job_schedule (
  code {text} NOT NULL PRIMARY KEY,
  operation {text} NOT NULL,
  input {text} NOT NULL,
  rule {text} NOT NULL,
  enabled {bool} NOT NULL,
  next_run_at {instant} NOT NULL,
  last_due_at {instant},
  last_job_id {int},
  version {int} NOT NULL
) {control};
CREATE INDEX ix_job_schedule__next_run_at ON job_schedule (next_run_at);
