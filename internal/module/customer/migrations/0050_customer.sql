-- +goose Up

-- A person or body that the utility supplies or bills. folded is the search text,
-- made by the program; it begins with the name. A row of a batch is seen once the
-- batch is applied.
CREATE TABLE customer (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  unit_id {int} NOT NULL,
  name {text} NOT NULL,
  name_ar {text} NOT NULL,
  cin {text} NOT NULL,
  ice {text} NOT NULL,
  tax_id {text} NOT NULL,
  rib {text} NOT NULL,
  phone {text} NOT NULL,
  email {text} NOT NULL,
  address {text} NOT NULL,
  city {text} NOT NULL,
  language {text} NOT NULL,
  ministry {text} NOT NULL,
  authorising_officer {text} NOT NULL,
  public_accountant {text} NOT NULL,
  budget_line {text} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL,
  batch_id {int}
) {lookup};
CREATE INDEX ix_customer__code ON customer (code, id);
CREATE INDEX ix_customer__folded ON customer (folded, id);
CREATE INDEX ix_customer__unit_id ON customer (unit_id);
CREATE INDEX ix_customer__batch_id ON customer (batch_id) WHERE batch_id IS NOT NULL;

-- Every code once, wherever its customer is kept.
CREATE TABLE customer_code (
  code {text} NOT NULL PRIMARY KEY,
  customer_id {int} NOT NULL
) {lookup};

-- The legal nature, from valid_from (included) to valid_to (excluded; null is open).
CREATE TABLE customer_nature (
  customer_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  nature {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (customer_id, valid_from)
) {lookup};
CREATE INDEX ix_customer_nature__nature ON customer_nature (nature, customer_id);

-- Under which customer a customer stands (a ministry and its sites), in time.
CREATE TABLE customer_parent (
  customer_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  parent_id {int} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (customer_id, valid_from)
) {lookup};
CREATE INDEX ix_customer_parent__parent_id ON customer_parent (parent_id);

-- The units, besides its own, where a customer has or had contracts: they see it.
CREATE TABLE customer_unit (
  customer_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  PRIMARY KEY (customer_id, unit_id)
) {lookup};
CREATE INDEX ix_customer_unit__unit_id ON customer_unit (unit_id, customer_id);

-- The district (province, commune) a locality of a unit lies in, as the first file that
-- said so had it.
CREATE TABLE locality (
  unit_id {int} NOT NULL,
  name {text} NOT NULL,
  district {text} NOT NULL,
  batch_id {int},
  PRIMARY KEY (unit_id, name)
) {reference};

-- A place that is supplied, with its connection. removed_on is the first day on
-- which the connection is gone. power is in thousandths of a kVA.
CREATE TABLE service_point (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  address {text} NOT NULL,
  locality {text} NOT NULL,
  connection {text} NOT NULL,
  diameter_mm {int} NOT NULL,
  phases {int} NOT NULL,
  power {int} NOT NULL,
  laid_on {date},
  removed_on {date},
  folded {text} NOT NULL,
  version {int} NOT NULL,
  batch_id {int}
) {lookup};
CREATE INDEX ix_service_point__code ON service_point (code, id);
CREATE INDEX ix_service_point__unit_id ON service_point (unit_id);
CREATE INDEX ix_service_point__batch_id ON service_point (batch_id) WHERE batch_id IS NOT NULL;

-- Every code once, wherever its service point is kept.
CREATE TABLE service_point_code (
  code {text} NOT NULL PRIMARY KEY,
  service_point_id {int} NOT NULL
) {lookup};

-- The supply of one service to one customer at one point, from starts_on
-- (included) to ends_on (excluded; null is open). It has its own receivable account.
CREATE TABLE contract (
  receivable_account_id {int} NOT NULL REFERENCES receivable_account (receivable_account_id),
  id {int} NOT NULL,
  code {text} NOT NULL,
  customer_id {int} NOT NULL,
  service_point_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  service {text} NOT NULL,
  starts_on {date} NOT NULL,
  ends_on {date},
  ending {text} NOT NULL,
  folded {text} NOT NULL,
  version {int} NOT NULL,
  batch_id {int},
  PRIMARY KEY (receivable_account_id, id)
) {dist};
CREATE INDEX ix_contract__code ON contract (code, receivable_account_id);
CREATE INDEX ix_contract__customer_id ON contract (customer_id);
CREATE INDEX ix_contract__service_point_id ON contract (service_point_id, starts_on);
CREATE INDEX ix_contract__unit_id ON contract (unit_id);
CREATE INDEX ix_contract__ends_on ON contract (ends_on) WHERE ends_on IS NOT NULL;
CREATE INDEX ix_contract__batch_id ON contract (batch_id) WHERE batch_id IS NOT NULL;

-- Every code once, wherever its contract is kept; also the way from a contract's
-- id to its account.
CREATE TABLE contract_code (
  code {text} NOT NULL PRIMARY KEY,
  receivable_account_id {int} NOT NULL,
  contract_id {int} NOT NULL
) {lookup};
CREATE INDEX ix_contract_code__contract_id ON contract_code (contract_id);

-- What a contract is priced by, from valid_from (included) to valid_to (excluded;
-- null is open). Three separate fields: the tariff category, the use for the VAT
-- and, with the customer, the legal nature. subscribed_power is in thousandths of
-- a kVA; attributes is a JSON object of further attributes, its names sorted.
CREATE TABLE contract_terms (
  receivable_account_id {int} NOT NULL,
  contract_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  tariff_code {text} NOT NULL,
  category {text} NOT NULL,
  vat_use {text} NOT NULL,
  households {int} NOT NULL,
  subscribed_power {int} NOT NULL,
  attributes {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (receivable_account_id, contract_id, valid_from),
  FOREIGN KEY (receivable_account_id, contract_id) REFERENCES contract (receivable_account_id, id)
) {dist};
