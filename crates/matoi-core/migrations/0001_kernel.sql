-- What every room stands on: need-to-know, audit, numbers, leases, jobs.

CREATE TABLE scope (
  id {key} PRIMARY KEY,
  tlp BIGINT NOT NULL,
  restricted BIGINT NOT NULL,
  unit_id {key}
);

CREATE TABLE scope_member (
  scope_id {key} NOT NULL REFERENCES scope (id),
  account_id {key} NOT NULL,
  reason TEXT NOT NULL,
  added_by {key},
  added_at BIGINT NOT NULL,
  broke_glass BIGINT NOT NULL,
  suspended BIGINT NOT NULL,
  PRIMARY KEY (scope_id, account_id)
);
CREATE INDEX scope_member_account ON scope_member (account_id);

-- Append-only: triggers refuse updates and deletes.
CREATE TABLE change (
  id {key} PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id {key},
  actor_name TEXT NOT NULL,
  session_id {key},
  token_id {key},
  address TEXT,
  request_id TEXT NOT NULL,
  verb TEXT NOT NULL,
  entity_kind TEXT NOT NULL,
  entity_id {key} NOT NULL,
  scope_id {key},
  digest TEXT NOT NULL
);
CREATE INDEX change_entity ON change (entity_id, id);
CREATE INDEX change_noun ON change (entity_kind, id);
CREATE INDEX change_verb ON change (verb, id);
CREATE INDEX change_actor ON change (actor_id, id);

-- Erasable: the digest in `change` covers it through a salt.
CREATE TABLE change_detail (
  change_id {key} PRIMARY KEY,
  salt TEXT,
  detail TEXT,
  inner_digest TEXT
);

CREATE TABLE change_unsealed (change_id {key} PRIMARY KEY);

-- The sealed order. Append-only.
CREATE TABLE chain (
  seq BIGINT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  change_id {key} NOT NULL UNIQUE,
  link TEXT NOT NULL
);

CREATE TABLE seal (
  last_seq BIGINT PRIMARY KEY,
  epoch BIGINT NOT NULL,
  sealed_at BIGINT NOT NULL,
  link TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature TEXT NOT NULL
);

CREATE TABLE seal_key (
  key_id TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  sealed_secret TEXT,
  created_at BIGINT NOT NULL
);

CREATE TABLE audit_epoch (
  epoch BIGINT PRIMARY KEY,
  started_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  previous_link TEXT NOT NULL
);

-- What verifications of the chain found.
CREATE TABLE audit_check (
  id {key} PRIMARY KEY,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  checked_by {key},
  checked_by_name TEXT NOT NULL,
  result TEXT NOT NULL
);

-- Who has read how far along the sealed order.
CREATE TABLE consumer (
  name TEXT PRIMARY KEY,
  seq BIGINT NOT NULL
);

CREATE TABLE number_series (
  prefix TEXT NOT NULL,
  year BIGINT NOT NULL,
  last BIGINT NOT NULL,
  PRIMARY KEY (prefix, year)
);

CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  until BIGINT NOT NULL
);

CREATE TABLE job (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  dedup_key TEXT,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  leased_by TEXT,
  leased_until BIGINT,
  progress BIGINT NOT NULL,
  progress_total BIGINT NOT NULL,
  last_error TEXT,
  result TEXT,
  scope_id {key},
  created_by {key},
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX job_due ON job (lane, state, run_at);
CREATE UNIQUE INDEX job_dedup ON job (kind, dedup_key) WHERE dedup_key IS NOT NULL AND state IN ('waiting', 'running', 'held');
CREATE INDEX job_recent ON job (created_at, id);

-- What was answered to a create, so that a repeated one makes nothing new.
CREATE TABLE idempotency (
  actor TEXT NOT NULL,
  key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  status BIGINT NOT NULL,
  response TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
