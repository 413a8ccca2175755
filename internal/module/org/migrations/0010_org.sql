-- +goose Up

-- A place of the organisation. closed_on is the first day on which it is
-- closed. folded is the search text, made by the program.
CREATE TABLE unit (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  short_name {text} NOT NULL,
  address {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  opened_on {date} NOT NULL,
  closed_on {date},
  folded {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_unit__code ON unit (code);
CREATE UNIQUE INDEX uq_unit__top ON unit (kind) WHERE kind = 'central';
CREATE INDEX ix_unit__folded ON unit (folded, id);

-- Under which unit a unit stands, from valid_from (included) to valid_to
-- (excluded; null is open). The top has none.
CREATE TABLE unit_attachment (
  unit_id {int} NOT NULL REFERENCES unit (id),
  valid_from {date} NOT NULL,
  valid_to {date},
  parent_id {int} NOT NULL REFERENCES unit (id),
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (unit_id, valid_from)
) {reference};
CREATE INDEX ix_unit_attachment__parent_id ON unit_attachment (parent_id);

-- Every unit with each unit above it, itself included at depth 0, for all
-- dates: before its opening a unit has its first place, after its closing its
-- last one. Derived from unit_attachment.
CREATE TABLE unit_closure (
  ancestor_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  depth {int} NOT NULL,
  PRIMARY KEY (ancestor_id, unit_id, valid_from)
) {reference};
CREATE INDEX ix_unit_closure__unit_id ON unit_closure (unit_id, depth, valid_from);

-- The identity of the present tree: a new id at each change, never used twice,
-- even by a change that was undone.
CREATE TABLE unit_tree (
  one {int} NOT NULL PRIMARY KEY CHECK (one = 1),
  stamp {int} NOT NULL
) {control};

-- Who keeps the accounts and answers to the taxes.
CREATE TABLE legal_entity (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text} NOT NULL,
  legal_form {text} NOT NULL,
  ice {text} NOT NULL,
  tax_id {text} NOT NULL,
  trade_register {text} NOT NULL,
  business_tax {text} NOT NULL,
  cnss {text} NOT NULL,
  address {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_legal_entity__code ON legal_entity (code);
CREATE INDEX ix_legal_entity__folded ON legal_entity (folded, id);

-- A fiscal parameter in force from a date until the next one.
CREATE TABLE entity_fiscal (
  entity_id {int} NOT NULL REFERENCES legal_entity (id),
  parameter {text} NOT NULL,
  valid_from {date} NOT NULL,
  value {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (entity_id, parameter, valid_from)
) {reference};

-- Who runs the networks: the utility itself or a distribution operator.
CREATE TABLE network_operator (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text} NOT NULL,
  kind {text} NOT NULL,
  ice {text} NOT NULL,
  address {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  water {bool} NOT NULL,
  electricity {bool} NOT NULL,
  sanitation {bool} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_network_operator__code ON network_operator (code);
CREATE INDEX ix_network_operator__folded ON network_operator (folded, id);

-- Which entity and operator hold a service in a unit and below it, from
-- valid_from (included) to valid_to (excluded; null is open).
CREATE TABLE unit_assignment (
  unit_id {int} NOT NULL REFERENCES unit (id),
  service {text} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  entity_id {int} NOT NULL REFERENCES legal_entity (id),
  operator_id {int} REFERENCES network_operator (id),
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (unit_id, service, valid_from)
) {reference};

-- Days that are not worked. unit_id 0 is everywhere.
CREATE TABLE holiday (
  id {int} NOT NULL PRIMARY KEY,
  on_date {date} NOT NULL,
  unit_id {int} NOT NULL,
  kind {text} NOT NULL,
  label {text} NOT NULL,
  version {int} NOT NULL
) {reference};
CREATE UNIQUE INDEX uq_holiday__on_date ON holiday (on_date, unit_id);

-- A file of units handed in: checked only, or imported by a job.
CREATE TABLE unit_import (
  id {int} NOT NULL PRIMARY KEY,
  file_name {text} NOT NULL,
  sha256 {text} NOT NULL,
  root_id {int} NOT NULL,
  mode {text} NOT NULL,
  state {text} NOT NULL,
  lines {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  moved {int} NOT NULL,
  unchanged {int} NOT NULL,
  rejected {int} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};

-- Lines of such a file that wait to be applied, or were refused with the reason.
CREATE TABLE unit_import_line (
  import_id {int} NOT NULL,
  line_no {int} NOT NULL,
  code {text} NOT NULL,
  kind {text} NOT NULL,
  name {text} NOT NULL,
  short_name {text} NOT NULL,
  parent {text} NOT NULL,
  valid_from {text} NOT NULL,
  address {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  fate {text} NOT NULL,
  faults {text} NOT NULL,
  PRIMARY KEY (import_id, line_no)
) {control};
