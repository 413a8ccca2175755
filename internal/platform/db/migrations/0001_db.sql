-- The node this database belongs to: one row, written once.
CREATE TABLE db_node (
  one {int} NOT NULL PRIMARY KEY CHECK (one = 1),
  node {int} NOT NULL CHECK (node BETWEEN 1 AND 1023)
) {control};

-- The first sequence of ids that no process has reserved yet.
CREATE TABLE id_block (
  node {int} NOT NULL PRIMARY KEY,
  next {int} NOT NULL
) {control};

-- Gap-free legal numbers: the next one of each series.
CREATE TABLE series (
  entity_id {int} NOT NULL,
  kind {text} NOT NULL,
  node {int} NOT NULL,
  exercise {int} NOT NULL,
  next {int} NOT NULL,
  PRIMARY KEY (entity_id, kind, node, exercise)
) {control};

-- Counters by which processes learn that what they keep in memory is stale.
CREATE TABLE revision (
  topic {text} NOT NULL PRIMARY KEY,
  n {int} NOT NULL
) {control};
