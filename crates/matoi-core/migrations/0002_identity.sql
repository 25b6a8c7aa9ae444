-- The organisation, its units, and who may do what.

CREATE TABLE organisation (
  id BIGINT PRIMARY KEY,
  name_ja TEXT NOT NULL,
  name_en TEXT NOT NULL,
  constituency_ja TEXT NOT NULL,
  constituency_en TEXT NOT NULL,
  lang TEXT NOT NULL,
  zone TEXT NOT NULL,
  desk_phone TEXT NOT NULL,
  desk_mail TEXT NOT NULL,
  own_domains TEXT NOT NULL,
  own_networks TEXT NOT NULL,
  default_tlp BIGINT NOT NULL,
  fiscal_year_start BIGINT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE unit (
  id {key} PRIMARY KEY,
  parent_id {key} REFERENCES unit (id),
  name_ja TEXT NOT NULL,
  name_en TEXT NOT NULL,
  version BIGINT NOT NULL
);

-- Every unit with every unit above it and itself: permissions reach down the tree by one join.
CREATE TABLE unit_within (
  unit_id {key} NOT NULL REFERENCES unit (id),
  ancestor_id {key} NOT NULL REFERENCES unit (id),
  PRIMARY KEY (unit_id, ancestor_id)
);
CREATE INDEX unit_within_ancestor ON unit_within (ancestor_id, unit_id);

CREATE TABLE account (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  login TEXT NOT NULL,
  login_key {key} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  mail TEXT NOT NULL,
  lang TEXT NOT NULL,
  zone TEXT NOT NULL,
  theme TEXT NOT NULL,
  density TEXT NOT NULL,
  state TEXT NOT NULL,
  password_hash TEXT,
  password_changed_at BIGINT,
  totp_secret TEXT,
  totp_confirmed_at BIGINT,
  totp_last_step BIGINT NOT NULL,
  oidc_issuer TEXT,
  oidc_subject TEXT,
  break_glass BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_login_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_oidc ON account (oidc_issuer, oidc_subject) WHERE oidc_subject IS NOT NULL;

CREATE TABLE role (
  id {key} PRIMARY KEY,
  name_ja TEXT NOT NULL,
  name_en TEXT NOT NULL,
  about_ja TEXT NOT NULL,
  about_en TEXT NOT NULL,
  clearance BIGINT NOT NULL,
  actions TEXT NOT NULL,
  shipped BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- unit_id NULL: the whole organisation.
CREATE TABLE role_grant (
  account_id {key} NOT NULL REFERENCES account (id),
  role_id {key} NOT NULL REFERENCES role (id),
  unit_id {key} REFERENCES unit (id),
  granted_by {key},
  granted_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX role_grant_once ON role_grant (account_id, role_id, (COALESCE(unit_id, '')));
CREATE INDEX role_grant_role ON role_grant (role_id);

CREATE TABLE session (
  id {key} PRIMARY KEY,
  token_digest {key} NOT NULL UNIQUE,
  account_id {key} NOT NULL REFERENCES account (id),
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_until BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT,
  agent TEXT NOT NULL,
  method TEXT NOT NULL,
  second_factor TEXT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX session_account ON session (account_id, created_at);

CREATE TABLE api_token (
  id {key} PRIMARY KEY,
  account_id {key} NOT NULL REFERENCES account (id),
  name TEXT NOT NULL,
  token_digest {key} NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT,
  last_address TEXT,
  revoked_at BIGINT
);
CREATE INDEX api_token_account ON api_token (account_id, created_at);

CREATE TABLE recovery_code (
  account_id {key} NOT NULL REFERENCES account (id),
  code_digest {key} NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (account_id, code_digest)
);

-- Links that work once: set-up, invitation, password reset.
CREATE TABLE one_time_link (
  token_digest {key} PRIMARY KEY,
  purpose TEXT NOT NULL,
  account_id {key} REFERENCES account (id),
  created_by {key},
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);

-- Failed log-ins by where they came from, never by whom they aimed at alone: nobody can be locked out by others.
CREATE TABLE login_throttle (
  source {key} PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  blocked_until BIGINT NOT NULL
);
