-- +goose Up

-- Answers by idempotency key, kept 400 days (reliability page).
CREATE TABLE op_key (
  actor_id {int} NOT NULL,
  idem_key {text} NOT NULL,
  operation {text} NOT NULL,
  input_hash {bytes} NOT NULL,
  outcome {text} NOT NULL,
  response {text} NOT NULL,
  audit_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (actor_id, idem_key)
) {control};
CREATE INDEX ix_op_key__recorded_at ON op_key (recorded_at);

-- One row per operation carried out (or refused after authentication of a
-- secret). The detail holds personal data; only its salted digest is sealed.
CREATE TABLE audit (
  id {int} NOT NULL PRIMARY KEY,
  recorded_at {instant} NOT NULL,
  operation {text} NOT NULL,
  outcome {text} NOT NULL,
  channel {text} NOT NULL,
  actor_id {int} NOT NULL,
  approver_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  subject_kind {text} NOT NULL,
  subject_id {int} NOT NULL,
  request_id {text} NOT NULL,
  salt {bytes},
  detail {text},
  detail_digest {bytes} NOT NULL
) {control};
CREATE INDEX ix_audit__recorded_at ON audit (recorded_at, id);
CREATE INDEX ix_audit__subject ON audit (subject_kind, subject_id, recorded_at, id);

-- A batch of audit rows of one chain, linked to the batch before it and signed.
CREATE TABLE audit_seal (
  chain_id {int} NOT NULL,
  seq {int} NOT NULL,
  members {bytes} NOT NULL,
  member_count {int} NOT NULL,
  until {instant} NOT NULL,
  previous_hash {bytes} NOT NULL,
  hash {bytes} NOT NULL,
  sealed_at {instant} NOT NULL,
  key_id {text} NOT NULL,
  signature {bytes} NOT NULL,
  PRIMARY KEY (chain_id, seq)
) {control};
CREATE INDEX ix_audit_seal__until ON audit_seal (until);

-- Public halves of the keys that signed seals; the private half is a file.
CREATE TABLE signing_key (
  key_id {text} NOT NULL PRIMARY KEY,
  public_key {bytes} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};

-- What waits for a second person, and what became of it.
CREATE TABLE proposal (
  id {int} NOT NULL PRIMARY KEY,
  number {text} NOT NULL,
  operation {text} NOT NULL,
  input {text} NOT NULL,
  input_hash {bytes} NOT NULL,
  effect {text} NOT NULL,
  unit_id {int} NOT NULL,
  state {text} NOT NULL,
  version {int} NOT NULL,
  proposer_id {int} NOT NULL,
  channel {text} NOT NULL,
  proposed_at {instant} NOT NULL,
  expires_at {instant} NOT NULL,
  decider_id {int},
  decided_at {instant},
  reason {text} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_proposal__number ON proposal (number);
CREATE INDEX ix_proposal__state ON proposal (state, proposed_at);

-- Events for consumers in other modules: one row per consumer, delivered once.
CREATE TABLE outbox (
  id {int} NOT NULL PRIMARY KEY,
  topic {text} NOT NULL,
  consumer {text} NOT NULL,
  payload {text} NOT NULL,
  unit_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  state {text} NOT NULL,
  attempts {int} NOT NULL,
  next_at {instant} NOT NULL,
  error {text} NOT NULL,
  done_at {instant}
) {control};
CREATE INDEX ix_outbox__state ON outbox (state, next_at);
