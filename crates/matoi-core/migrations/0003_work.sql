-- What comes in, the cases it becomes, and everything that hangs on them.

-- Reports and alerts: one desk, one queue. Details of each kind stand beside it.
CREATE TABLE desk_item (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  number TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  source {key} NOT NULL,
  source_ref {key},
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  lang TEXT NOT NULL,
  severity BIGINT NOT NULL,
  -- severity and time of receipt in one number: the order of the queue
  urgency BIGINT NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  verdict TEXT,
  verdict_reason TEXT,
  case_id {key},
  merged_into {key},
  assignee_id {key},
  scope_id {key} NOT NULL REFERENCES scope (id),
  event_at BIGINT,
  received_at BIGINT NOT NULL,
  acknowledged_at BIGINT,
  triaged_at BIGINT,
  answered_at BIGINT,
  closed_at BIGINT,
  created_by {key},
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX desk_item_source ON desk_item (source, source_ref) WHERE source_ref IS NOT NULL;
CREATE INDEX desk_item_open ON desk_item (urgency, id) WHERE state <> 'closed';
CREATE INDEX desk_item_waiting ON desk_item (urgency, id) WHERE state <> 'closed' AND case_id IS NULL;
CREATE INDEX desk_item_queue ON desk_item (state, urgency, id);
CREATE INDEX desk_item_kind_queue ON desk_item (kind, state, urgency, id);
CREATE INDEX desk_item_urgency ON desk_item (urgency, id);
CREATE INDEX desk_item_newest ON desk_item (received_at, id);
CREATE INDEX desk_item_kind_newest ON desk_item (kind, received_at, id);
CREATE INDEX desk_item_kind_urgency ON desk_item (kind, urgency, id);
CREATE INDEX desk_item_case ON desk_item (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX desk_item_assignee ON desk_item (assignee_id, state, urgency, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX desk_item_merged ON desk_item (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE report_detail (
  item_id {key} PRIMARY KEY REFERENCES desk_item (id),
  category TEXT NOT NULL,
  noticed TEXT NOT NULL,
  device TEXT NOT NULL,
  reporter_name TEXT NOT NULL,
  reporter_contact TEXT NOT NULL,
  reporter_account_id {key},
  anonymous BIGINT NOT NULL,
  -- digest of the follow-up secret; NULL when the reporter has no link
  secret_digest {key} UNIQUE,
  secret_until BIGINT,
  mail_message_id {key},
  mail_from {key},
  mail_related_key {key},
  mail_headers TEXT,
  original_blob TEXT,
  not_incident_reason TEXT
);
CREATE INDEX report_reporter ON report_detail (reporter_account_id) WHERE reporter_account_id IS NOT NULL;
CREATE INDEX report_mail_id ON report_detail (mail_message_id) WHERE mail_message_id IS NOT NULL;
CREATE INDEX report_mail_related ON report_detail (mail_from, mail_related_key) WHERE mail_related_key IS NOT NULL;

CREATE TABLE alert_detail (
  item_id {key} PRIMARY KEY REFERENCES desk_item (id),
  alert_type TEXT NOT NULL,
  tags TEXT NOT NULL,
  link TEXT NOT NULL,
  -- what the sender gave, as it was
  raw TEXT NOT NULL,
  -- what the sender's own interface reads back and changes: fields Matoi has no use for itself
  extra TEXT NOT NULL
);

CREATE TABLE message (
  id {key} PRIMARY KEY,
  item_id {key} NOT NULL REFERENCES desk_item (id),
  direction TEXT NOT NULL,
  channel TEXT NOT NULL,
  body TEXT NOT NULL,
  author_id {key},
  is_answer BIGINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX message_item ON message (item_id, at, id);

CREATE TABLE clock (
  id {key} PRIMARY KEY,
  owner_kind TEXT NOT NULL,
  owner_id {key} NOT NULL,
  scope_id {key} NOT NULL,
  kind TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  met_at BIGINT,
  cancelled_at BIGINT
);
CREATE INDEX clock_owner ON clock (owner_kind, owner_id);
CREATE INDEX clock_running ON clock (due_at, id) WHERE met_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX clock_started ON clock (started_at);

CREATE TABLE case_file (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  number TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  class TEXT NOT NULL,
  severity BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  phase TEXT NOT NULL,
  state TEXT NOT NULL,
  scope_id {key} NOT NULL REFERENCES scope (id),
  unit_id {key},
  commander_id {key},
  handler_id {key},
  lifecycle_hash TEXT NOT NULL,
  criteria_hash TEXT,
  policy TEXT NOT NULL,
  apt_suspected TEXT NOT NULL,
  occurred_at BIGINT,
  detected_at BIGINT NOT NULL,
  acknowledged_at BIGINT,
  triaged_at BIGINT,
  contained_at BIGINT,
  recovered_at BIGINT,
  converged_at BIGINT,
  closed_at BIGINT,
  phase_since BIGINT NOT NULL,
  cause TEXT NOT NULL,
  impact_direct TEXT NOT NULL,
  impact_indirect TEXT NOT NULL,
  prevention TEXT NOT NULL,
  review_at BIGINT,
  review_held_at BIGINT,
  review_notes TEXT NOT NULL,
  merged_into {key},
  reopened BIGINT NOT NULL,
  created_by {key},
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX case_updated ON case_file (updated_at, id);
CREATE INDEX case_state_updated ON case_file (state, updated_at, id);
CREATE INDEX case_state_priority ON case_file (state, priority, updated_at, id);
CREATE INDEX case_priority ON case_file (priority, updated_at, id);
CREATE INDEX case_phase ON case_file (state, phase, updated_at, id);
CREATE INDEX case_class ON case_file (class, updated_at, id);
CREATE INDEX case_handler ON case_file (handler_id, state, updated_at, id) WHERE handler_id IS NOT NULL;
CREATE INDEX case_commander ON case_file (commander_id, state, updated_at, id) WHERE commander_id IS NOT NULL;
CREATE INDEX case_unassigned ON case_file (state, updated_at, id) WHERE handler_id IS NULL;
CREATE INDEX case_detected ON case_file (detected_at, id);
CREATE INDEX case_merged ON case_file (merged_into) WHERE merged_into IS NOT NULL;

-- How a triage came to its result: kept as it was judged, with the hash of what it was judged by.
CREATE TABLE triage_record (
  id {key} PRIMARY KEY,
  item_id {key},
  case_id {key},
  criteria_hash TEXT NOT NULL,
  facts TEXT NOT NULL,
  evaluation TEXT NOT NULL,
  proposed_row TEXT,
  outcome TEXT NOT NULL,
  priority BIGINT,
  class TEXT,
  override_reason TEXT,
  decided_by {key},
  decided_at BIGINT NOT NULL
);
CREATE INDEX triage_record_item ON triage_record (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX triage_record_case ON triage_record (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE entry (
  id {key} PRIMARY KEY,
  case_id {key} NOT NULL REFERENCES case_file (id),
  kind TEXT NOT NULL,
  -- when it happened, and when it was written down
  at BIGINT NOT NULL,
  entered_at BIGINT NOT NULL,
  author_kind TEXT NOT NULL,
  author_id {key},
  -- text of a person (Markdown), or a message of the program (key and arguments as JSON)
  body TEXT NOT NULL,
  message TEXT,
  subject_kind TEXT,
  subject_id {key},
  pinned BIGINT NOT NULL,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX entry_case ON entry (case_id, at, id);
CREATE INDEX entry_case_kind ON entry (case_id, kind, at, id);

-- Who broke the glass of a case, told to those who answer for it until they have seen it.
CREATE TABLE glass_notice (
  id {key} PRIMARY KEY,
  account_id {key} NOT NULL,
  case_id {key} NOT NULL REFERENCES case_file (id),
  by_id {key} NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  seen_at BIGINT
);
CREATE INDEX glass_notice_unseen ON glass_notice (account_id, at, id) WHERE seen_at IS NULL;

CREATE TABLE task (
  id {key} PRIMARY KEY,
  case_id {key} NOT NULL REFERENCES case_file (id),
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  service TEXT NOT NULL,
  assignee_id {key},
  due_at BIGINT,
  evidence_first BIGINT NOT NULL,
  result TEXT NOT NULL,
  created_by {key},
  created_at BIGINT NOT NULL,
  done_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX task_case ON task (case_id, created_at, id);
CREATE INDEX task_assignee ON task (assignee_id, state, created_at, id) WHERE assignee_id IS NOT NULL;

CREATE TABLE decision (
  id {key} PRIMARY KEY,
  case_id {key} NOT NULL REFERENCES case_file (id),
  kind TEXT NOT NULL,
  question TEXT NOT NULL,
  choice TEXT NOT NULL,
  grounds TEXT NOT NULL,
  authority TEXT NOT NULL,
  decided_by {key} NOT NULL,
  decided_at BIGINT NOT NULL
);
CREATE INDEX decision_case ON decision (case_id, decided_at, id);

CREATE TABLE case_link (
  case_id {key} NOT NULL REFERENCES case_file (id),
  other_id {key} NOT NULL REFERENCES case_file (id),
  relation TEXT NOT NULL,
  note TEXT NOT NULL,
  created_by {key},
  created_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, other_id)
);
CREATE INDEX case_link_other ON case_link (other_id);

-- What a merge moved, so that it can be undone.
CREATE TABLE case_merge (
  id {key} PRIMARY KEY,
  from_id {key} NOT NULL REFERENCES case_file (id),
  into_id {key} NOT NULL REFERENCES case_file (id),
  moved TEXT NOT NULL,
  reason TEXT NOT NULL,
  merged_by {key},
  merged_at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE INDEX case_merge_into ON case_merge (into_id);

CREATE TABLE asset (
  id {key} PRIMARY KEY,
  name TEXT NOT NULL,
  name_key {key} NOT NULL,
  kind TEXT NOT NULL,
  importance BIGINT NOT NULL,
  owner_id {key},
  unit_id {key},
  identifiers TEXT NOT NULL,
  note TEXT NOT NULL,
  retired_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
-- A name stands for one asset in use; it is free again when that is retired.
CREATE UNIQUE INDEX asset_name ON asset (name_key) WHERE retired_at IS NULL;
CREATE INDEX asset_by_name ON asset (name_key, id);
CREATE INDEX asset_kind ON asset (kind, name_key, id);
CREATE INDEX asset_importance ON asset (importance, updated_at, id);
CREATE INDEX asset_owner ON asset (owner_id, name_key, id) WHERE owner_id IS NOT NULL;
CREATE INDEX asset_unit ON asset (unit_id, name_key, id) WHERE unit_id IS NOT NULL;
CREATE INDEX asset_updated ON asset (updated_at, id);
CREATE INDEX asset_retired ON asset (name_key, id) WHERE retired_at IS NOT NULL;

CREATE TABLE asset_identifier (
  asset_id {key} NOT NULL REFERENCES asset (id),
  value {key} NOT NULL,
  PRIMARY KEY (value, asset_id)
);

CREATE TABLE case_asset (
  case_id {key} NOT NULL REFERENCES case_file (id),
  asset_id {key} NOT NULL REFERENCES asset (id),
  condition TEXT NOT NULL,
  note TEXT NOT NULL,
  added_by {key},
  added_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, asset_id)
);
CREATE INDEX case_asset_asset ON case_asset (asset_id, added_at, case_id);

CREATE TABLE observable (
  id {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  value {key} NOT NULL,
  own BIGINT NOT NULL,
  special TEXT,
  first_seen_at BIGINT NOT NULL,
  UNIQUE (kind, value)
);
CREATE INDEX observable_value ON observable (value);

CREATE TABLE sighting (
  observable_id {key} NOT NULL REFERENCES observable (id),
  owner_kind TEXT NOT NULL,
  owner_id {key} NOT NULL,
  scope_id {key} NOT NULL,
  tlp BIGINT NOT NULL,
  origin TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (observable_id, owner_kind, owner_id)
);
CREATE INDEX sighting_owner ON sighting (owner_kind, owner_id);

CREATE TABLE attachment (
  id {key} PRIMARY KEY,
  owner_kind TEXT NOT NULL,
  owner_id {key} NOT NULL,
  scope_id {key} NOT NULL,
  blob TEXT NOT NULL,
  name TEXT NOT NULL,
  declared_type TEXT NOT NULL,
  sniffed_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 {key} NOT NULL,
  facts TEXT NOT NULL,
  uploaded_by {key},
  created_at BIGINT NOT NULL,
  deleted_at BIGINT,
  deleted_by {key},
  delete_reason TEXT
);
CREATE INDEX attachment_owner ON attachment (owner_kind, owner_id, created_at, id);
CREATE INDEX attachment_sha ON attachment (sha256);

CREATE TABLE document (
  id {key} PRIMARY KEY,
  case_id {key} NOT NULL REFERENCES case_file (id),
  scope_id {key} NOT NULL,
  number TEXT NOT NULL,
  kind TEXT NOT NULL,
  lang TEXT NOT NULL,
  edition BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  state TEXT NOT NULL,
  tlp BIGINT NOT NULL,
  title TEXT NOT NULL,
  classification TEXT NOT NULL,
  audience TEXT NOT NULL,
  data TEXT NOT NULL,
  data_hash TEXT NOT NULL,
  template_hash TEXT NOT NULL,
  content TEXT NOT NULL,
  created_by {key},
  created_at BIGINT NOT NULL,
  edited_by {key},
  edited_at BIGINT NOT NULL,
  reviewed_by {key},
  reviewed_at BIGINT,
  approved_by {key},
  approved_at BIGINT,
  deputy BIGINT NOT NULL,
  distributed_by {key},
  distributed_at BIGINT,
  distributed_to TEXT NOT NULL,
  withdrawn_at BIGINT,
  withdrawn_reason TEXT NOT NULL,
  wanted BIGINT NOT NULL,
  made BIGINT NOT NULL,
  pdf_blob TEXT,
  docx_blob TEXT,
  markdown_blob TEXT,
  pdf_sha256 TEXT,
  pages BIGINT,
  problem TEXT,
  version BIGINT NOT NULL
);
CREATE INDEX document_case ON document (case_id, created_at, id);
CREATE UNIQUE INDEX document_edition ON document (case_id, kind, lang, edition);

-- Approved data files (criteria, life cycles, templates): immutable, known by the hash of their content.
CREATE TABLE data_file (
  hash {key} PRIMARY KEY,
  kind TEXT NOT NULL,
  name {key} NOT NULL,
  version BIGINT NOT NULL,
  content TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT NOT NULL,
  created_by {key},
  created_at BIGINT NOT NULL,
  approved_by {key},
  approved_at BIGINT
);
CREATE UNIQUE INDEX data_file_version ON data_file (kind, name, version);
CREATE UNIQUE INDEX data_file_current ON data_file (kind, name) WHERE state = 'approved';

CREATE TABLE public_throttle (
  source {key} PRIMARY KEY,
  count BIGINT NOT NULL,
  since BIGINT NOT NULL
);

-- Where files lie: asked when those are swept that nothing names.
CREATE INDEX attachment_blob ON attachment (blob) WHERE deleted_at IS NULL;
CREATE INDEX report_original ON report_detail (original_blob) WHERE original_blob IS NOT NULL;
CREATE INDEX document_pdf ON document (pdf_blob) WHERE pdf_blob IS NOT NULL;
CREATE INDEX document_docx ON document (docx_blob) WHERE docx_blob IS NOT NULL;
CREATE INDEX document_markdown ON document (markdown_blob) WHERE markdown_blob IS NOT NULL;
