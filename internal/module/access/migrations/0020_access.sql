-- +goose Up

-- People who use the program. Nobody is deleted: who left keeps his name in
-- the audit. password_hash is empty until a password was chosen.
CREATE TABLE app_user (
  id {int} NOT NULL PRIMARY KEY,
  login {text} NOT NULL,
  name {text} NOT NULL,
  email {text} NOT NULL,
  phone {text} NOT NULL,
  lang {text} NOT NULL,
  unit_id {int} NOT NULL,
  function_title {text} NOT NULL,
  state {text} NOT NULL,
  state_reason {text} NOT NULL,
  password_hash {text} NOT NULL,
  must_change {bool} NOT NULL,
  password_changed_at {instant},
  version {int} NOT NULL,
  search {text} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_app_user__login ON app_user (login);
CREATE INDEX ix_app_user__unit_id ON app_user (unit_id);
CREATE INDEX ix_app_user__name ON app_user (name, id);

-- One-time links: first administrator (user_id 0), invitation, new password.
CREATE TABLE access_link (
  id {int} NOT NULL PRIMARY KEY,
  kind {text} NOT NULL,
  user_id {int} NOT NULL,
  digest {text} NOT NULL,
  recorded_at {instant} NOT NULL,
  expires_at {instant} NOT NULL,
  used_at {instant}
) {control};
CREATE UNIQUE INDEX uq_access_link__digest ON access_link (digest);
CREATE INDEX ix_access_link__user_id ON access_link (user_id);
CREATE INDEX ix_access_link__expires_at ON access_link (expires_at);

-- Sessions; only the digest of the token is known.
CREATE TABLE user_session (
  id {int} NOT NULL PRIMARY KEY,
  user_id {int} NOT NULL,
  digest {text} NOT NULL,
  created_at {instant} NOT NULL,
  seen_at {instant} NOT NULL,
  revoked_at {instant},
  address {text} NOT NULL,
  agent {text} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_user_session__digest ON user_session (digest);
CREATE INDEX ix_user_session__user_id ON user_session (user_id);
CREATE INDEX ix_user_session__created_at ON user_session (created_at);

-- API tokens of a user; only the digest is known.
CREATE TABLE api_token (
  id {int} NOT NULL PRIMARY KEY,
  user_id {int} NOT NULL,
  name {text} NOT NULL,
  shown {text} NOT NULL,
  digest {text} NOT NULL,
  recorded_at {instant} NOT NULL,
  expires_on {date} NOT NULL,
  used_at {instant},
  revoked_at {instant}
) {control};
CREATE UNIQUE INDEX uq_api_token__digest ON api_token (digest);
CREATE INDEX ix_api_token__user_id ON api_token (user_id);

-- Failed logins by login, by address and by both, whether the login exists or not.
CREATE TABLE login_failure (
  kind {text} NOT NULL,
  subject {text} NOT NULL,
  failed {int} NOT NULL,
  last_at {instant} NOT NULL,
  PRIMARY KEY (kind, subject)
) {control};
CREATE INDEX ix_login_failure__last_at ON login_failure (last_at);

-- Where a user has logged in from: strangers' failures do not slow him down there.
CREATE TABLE login_place (
  user_id {int} NOT NULL,
  address {text} NOT NULL,
  last_at {instant} NOT NULL,
  PRIMARY KEY (user_id, address)
) {control};
CREATE INDEX ix_login_place__last_at ON login_place (last_at);

CREATE TABLE access_role (
  id {int} NOT NULL PRIMARY KEY,
  code {text} NOT NULL,
  name {text} NOT NULL,
  description {text} NOT NULL,
  retired {bool} NOT NULL,
  version {int} NOT NULL,
  recorded_at {instant} NOT NULL
) {control};
CREATE UNIQUE INDEX uq_access_role__code ON access_role (code);

CREATE TABLE access_role_right (
  role_id {int} NOT NULL,
  right_name {text} NOT NULL,
  PRIMARY KEY (role_id, right_name)
) {control};
CREATE INDEX ix_access_role_right__right_name ON access_role_right (right_name);

-- Who holds which role, over which unit, from when to when (both included), up
-- to which amount in centimes. A grant is ended, never deleted.
CREATE TABLE access_grant (
  id {int} NOT NULL PRIMARY KEY,
  user_id {int} NOT NULL,
  role_id {int} NOT NULL,
  unit_id {int} NOT NULL,
  valid_from {date} NOT NULL,
  valid_to {date},
  amount_limit {int},
  reason {text} NOT NULL,
  end_reason {text} NOT NULL,
  version {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  reviewed_on {date},
  reviewer_id {int}
) {control};
CREATE INDEX ix_access_grant__user_id ON access_grant (user_id);
CREATE INDEX ix_access_grant__role_id ON access_grant (role_id);
CREATE INDEX ix_access_grant__unit_id ON access_grant (unit_id);

-- Who has ever been able to approve with a right. Rows are only added: once
-- there was a second person, nobody decides alone again.
CREATE TABLE approver_mark (
  right_name {text} NOT NULL,
  user_id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  PRIMARY KEY (right_name, user_id)
) {control};

-- Numbers never used twice, drawn by each change of what memories hold: 1 of users,
-- roles and grants, 2 of whom sessions and API tokens stand for.
CREATE TABLE access_stamp (
  one {int} NOT NULL PRIMARY KEY CHECK (one IN (1, 2)),
  stamp {int} NOT NULL
) {control};

-- What a user should know.
CREATE TABLE notice (
  user_id {int} NOT NULL,
  id {int} NOT NULL,
  recorded_at {instant} NOT NULL,
  kind {text} NOT NULL,
  args {text} NOT NULL,
  link {text} NOT NULL,
  read_at {instant},
  PRIMARY KEY (user_id, id)
) {control};
CREATE INDEX ix_notice__recorded_at ON notice (recorded_at);
