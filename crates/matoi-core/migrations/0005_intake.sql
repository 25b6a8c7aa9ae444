-- Mail that came in, with its original, and what the doors of other tools keep beside our own fields.

ALTER TABLE desk_item ADD COLUMN automatic BIGINT NOT NULL DEFAULT 0;

CREATE TABLE mail (
  id {key} PRIMARY KEY,
  item_id {key} NOT NULL REFERENCES desk_item (id),
  -- the message of the report that it became, when it joined one
  message_id {key} REFERENCES message (id),
  role TEXT NOT NULL,
  -- Message-ID as its sender wrote it
  rfc_id {key},
  digest {key} NOT NULL UNIQUE,
  sender {key} NOT NULL,
  subject_key {key} NOT NULL,
  locked_file BIGINT NOT NULL,
  automatic BIGINT NOT NULL,
  inspected BIGINT NOT NULL,
  sheet TEXT NOT NULL,
  passwords BIGINT NOT NULL,
  -- the passwords it tells, sealed under the installation's key
  sealed_passwords TEXT,
  blob TEXT NOT NULL,
  size BIGINT NOT NULL,
  received_at BIGINT NOT NULL
);
CREATE INDEX mail_item ON mail (item_id, received_at, id);
CREATE INDEX mail_rfc_id ON mail (rfc_id, received_at) WHERE rfc_id IS NOT NULL;
CREATE INDEX mail_locked ON mail (sender, subject_key, received_at) WHERE locked_file = 1;

-- Fields of another tool's interface that Matoi has no use for, kept to be given back.
CREATE TABLE foreign_fields (
  owner_kind TEXT NOT NULL,
  owner_id {key} NOT NULL,
  status {key} NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (owner_kind, owner_id)
);
CREATE INDEX foreign_status ON foreign_fields (owner_kind, status) WHERE status <> '';
CREATE TABLE foreign_tag (
  owner_kind TEXT NOT NULL,
  tag {key} NOT NULL,
  owner_id {key} NOT NULL,
  PRIMARY KEY (owner_kind, owner_id, tag)
);
CREATE INDEX foreign_tag_tag ON foreign_tag (owner_kind, tag, owner_id);

-- Webhooks that somebody set up: a name in the address, the mapping that reads what is sent, and a secret of its own.
CREATE TABLE webhook (
  name {key} PRIMARY KEY,
  mapping {key} NOT NULL,
  enabled BIGINT NOT NULL,
  -- sealed under the installation's key: signatures are checked with it, so a digest would not do
  sealed_secret TEXT NOT NULL,
  hint TEXT NOT NULL,
  created_by {key} REFERENCES account (id),
  created_at BIGINT NOT NULL,
  rotated_at BIGINT NOT NULL,
  last_used_at BIGINT,
  version BIGINT NOT NULL
);
