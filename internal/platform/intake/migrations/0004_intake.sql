-- +goose Up

-- A file handed in: what it is, how it was read and what became of it. Rows of a
-- batch in the tables of the modules are visible once pending is false.
CREATE TABLE import_batch (
  id {int} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  operation {text} NOT NULL,
  scope {text} NOT NULL,
  file_name {text} NOT NULL,
  sha256 {text} NOT NULL,
  size {int} NOT NULL,
  signature {text} NOT NULL,
  form {text} NOT NULL,
  column_map {text} NOT NULL,
  parameters {text} NOT NULL,
  mode {text} NOT NULL,
  state {text} NOT NULL,
  pending {bool} NOT NULL,
  reason {text} NOT NULL,
  same_id {int} NOT NULL,
  note {text} NOT NULL,
  job_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  actor_id {int} NOT NULL,
  row_count {int} NOT NULL,
  created {int} NOT NULL,
  changed {int} NOT NULL,
  unchanged {int} NOT NULL,
  rejected {int} NOT NULL,
  flagged {int} NOT NULL,
  preview {text} NOT NULL,
  recorded_at {instant} NOT NULL,
  applied_at {instant}
) {control};
CREATE INDEX ix_import_batch__pending ON import_batch (pending, id);
CREATE INDEX ix_import_batch__signature ON import_batch (signature, state);
CREATE INDEX ix_import_batch__job_id ON import_batch (job_id);

-- Refused rows as they stood in the file, with every fault.
CREATE TABLE import_reject (
  batch_id {int} NOT NULL,
  line_no {int} NOT NULL,
  cells {text} NOT NULL,
  faults {text} NOT NULL,
  PRIMARY KEY (batch_id, line_no)
) {control};

-- Changes of known records, kept until the batch is applied.
CREATE TABLE import_change (
  batch_id {int} NOT NULL,
  line_no {int} NOT NULL,
  subject {text} NOT NULL,
  body {text} NOT NULL,
  PRIMARY KEY (batch_id, line_no)
) {control};
CREATE INDEX ix_import_change__subject ON import_change (batch_id, subject);

-- How many accepted rows of a batch were flagged, by reason.
CREATE TABLE import_flag (
  batch_id {int} NOT NULL,
  reason {text} NOT NULL,
  row_count {int} NOT NULL,
  PRIMARY KEY (batch_id, reason)
) {control};

-- Which column is which, for the files of one sender. The signature is that of the
-- header it was made for.
CREATE TABLE import_map (
  kind {text} NOT NULL,
  name {text} NOT NULL,
  signature {text} NOT NULL,
  columns {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (kind, name)
) {control};
CREATE INDEX ix_import_map__signature ON import_map (kind, signature, recorded_at);
