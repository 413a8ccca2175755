-- +goose Up

-- A meter. Coefficient and indexes are in thousandths; digits and decimals are
-- those of its dial. unit_id is where it is kept, or that of its service point.
-- folded is the search text, made by the program.
CREATE TABLE meter (
  id {int} NOT NULL PRIMARY KEY,
  serial {text} NOT NULL,
  service {text} NOT NULL,
  make {text} NOT NULL,
  size {text} NOT NULL,
  digits {int} NOT NULL,
  decimals {int} NOT NULL,
  coefficient {int} NOT NULL,
  state {text} NOT NULL,
  unit_id {int} NOT NULL,
  note {text} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL,
  batch_id {int}
) {lookup};
CREATE INDEX ix_meter__serial ON meter (serial, id);
CREATE INDEX ix_meter__batch_id ON meter (batch_id);

-- A serial number names one meter of a service.
CREATE TABLE meter_serial (
  serial {text} NOT NULL,
  service {text} NOT NULL,
  meter_id {int} NOT NULL,
  batch_id {int},
  PRIMARY KEY (serial, service)
) {lookup};

-- Registers of a meter with several (day and night, posts). A meter without rows
-- here has one register, the empty one, with the dial of the meter.
CREATE TABLE meter_register (
  meter_id {int} NOT NULL,
  register {text} NOT NULL,
  digits {int} NOT NULL,
  decimals {int} NOT NULL,
  coefficient {int} NOT NULL,
  PRIMARY KEY (meter_id, register)
) {lookup};

CREATE TABLE meter_seal (
  meter_id {int} NOT NULL,
  number {text} NOT NULL,
  placed_on {date} NOT NULL,
  removed_on {date},
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (meter_id, number)
) {lookup};

-- Which meter stands at a service point, from installed_on (included) to
-- removed_on (its last day there; null while it stands). Indexes at both ends
-- are readings.
CREATE TABLE meter_installation (
  service_point_id {int} NOT NULL,
  installed_on {date} NOT NULL,
  meter_id {int} NOT NULL,
  removed_on {date},
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  batch_id {int},
  PRIMARY KEY (service_point_id, installed_on, meter_id)
) {lookup};
CREATE INDEX ix_meter_installation__meter_id ON meter_installation (meter_id);

-- A walk of a reader.
CREATE TABLE reading_route (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text} NOT NULL,
  unit_id {int} NOT NULL,
  reader {text} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_reading_route__code ON reading_route (code);

-- Where a service point stands in the walk; it stands in one.
CREATE TABLE route_stop (
  service_point_id {int} NOT NULL PRIMARY KEY,
  route_id {int} NOT NULL,
  sequence {int} NOT NULL
) {lookup};
CREATE INDEX ix_route_stop__route_id ON route_stop (route_id, sequence, service_point_id);

-- The reading of a route for a month; opens_on to closes_on are the days of the
-- walk, both included.
CREATE TABLE reading_period (
  id {int} NOT NULL PRIMARY KEY,
  route_id {int} NOT NULL,
  month {date} NOT NULL,
  opens_on {date} NOT NULL,
  closes_on {date} NOT NULL,
  state {text} NOT NULL,
  stops {int} NOT NULL,
  missing {int} NOT NULL,
  closed_at {instant},
  version {int} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_reading_period__route_id ON reading_period (route_id, month);
CREATE INDEX ix_reading_period__month ON reading_period (month, route_id);

-- An index seen, told or computed. Never changed but for its state: a
-- correction is a new row with corrects_id. dial is the index, in thousandths of
-- a unit of the dial.
CREATE TABLE reading (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  contract_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  service_point_id {int} NOT NULL,
  meter_id {int} NOT NULL,
  register {text} NOT NULL,
  reading_date {date} NOT NULL,
  ordinal {int} NOT NULL,
  dial {int} NOT NULL,
  kind {text} NOT NULL,
  turned {bool} NOT NULL,
  state {text} NOT NULL,
  corrects_id {int},
  note {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  batch_id {int},
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_reading__batch_id ON reading (batch_id);
CREATE UNIQUE INDEX uq_reading__reading_date ON reading (receivable_account_id, meter_id, register, reading_date, ordinal);

-- What was consumed in a period, both ends included. period_date is the date of
-- the business key: that of the reading, or the one the file tells. month is
-- the first day of the month it is billed in. Only state, decision and version
-- change.
CREATE TABLE consumption (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  contract_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  register {text} NOT NULL,
  category {text} NOT NULL,
  period_date {date} NOT NULL,
  ordinal {int} NOT NULL,
  from_date {date} NOT NULL,
  to_date {date} NOT NULL,
  month {date} NOT NULL,
  quantity {int} NOT NULL,
  kind {text} NOT NULL,
  from_reading_id {int},
  to_reading_id {int},
  state {text} NOT NULL,
  corrects_id {int},
  recorded_at {instant} NOT NULL,
  batch_id {int},
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_consumption__batch_id ON consumption (batch_id);
CREATE UNIQUE INDEX uq_consumption__period_date ON consumption (receivable_account_id, service, register, period_date, ordinal);
CREATE INDEX ix_consumption__corrects_id ON consumption (batch_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX ix_consumption__month ON consumption (month, unit_id, receivable_account_id, id);

-- What a control found in a value, with the figures that made it (JSON), and what
-- was decided. severity_rank 0 blocks, 1 warns. weight is the quantity at stake,
-- below zero, so that the heaviest comes first.
CREATE TABLE anomaly (
  receivable_account_id {int} NOT NULL,
  id {int} NOT NULL,
  contract_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  category {text} NOT NULL,
  month {date} NOT NULL,
  consumption_id {int},
  reading_id {int},
  rule {text} NOT NULL,
  severity {text} NOT NULL,
  severity_rank {int} NOT NULL,
  weight {int} NOT NULL,
  evidence {text} NOT NULL,
  state {text} NOT NULL,
  owner_id {int},
  decision {text} NOT NULL,
  reason {text} NOT NULL,
  decided_by {int},
  decided_at {instant},
  recorded_at {instant} NOT NULL,
  version {int} NOT NULL,
  batch_id {int},
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_anomaly__state ON anomaly (state, severity_rank, weight, receivable_account_id, id);
CREATE INDEX ix_anomaly__batch_id ON anomaly (batch_id);
CREATE INDEX ix_anomaly__consumption_id ON anomaly (receivable_account_id, consumption_id);

-- A row of a file that was known already: which batch delivered it again.
CREATE TABLE delivery_match (
  receivable_account_id {int} NOT NULL,
  batch_id {int} NOT NULL,
  subject {text} NOT NULL,
  subject_id {int} NOT NULL,
  PRIMARY KEY (receivable_account_id, batch_id, subject, subject_id)
) {dist};
CREATE INDEX ix_delivery_match__batch_id ON delivery_match (batch_id);

-- The parameters of a control, for a tariff category (empty: all) from a date until
-- the next row of the same rule and category.
CREATE TABLE control_rule (
  rule {text} NOT NULL,
  category {text} NOT NULL,
  valid_from {date} NOT NULL,
  enabled {bool} NOT NULL,
  severity {text} NOT NULL,
  factor {int} NOT NULL,
  floor {int} NOT NULL,
  periods {int} NOT NULL,
  seasonal {bool} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (rule, category, valid_from)
) {reference};
