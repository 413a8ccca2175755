-- +goose Up

-- A fiscal parameter of one service of an entity (its VAT regime, the date of its rate), in
-- force from a date until the next one; a service without its own follows entity_fiscal.
CREATE TABLE entity_service_fiscal (
  entity_id {int} NOT NULL REFERENCES legal_entity (id),
  parameter {text} NOT NULL,
  service {text} NOT NULL,
  valid_from {date} NOT NULL,
  value {text} NOT NULL,
  reason {text} NOT NULL,
  actor_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (entity_id, parameter, service, valid_from)
) {reference};
