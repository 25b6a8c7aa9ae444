-- The search index. Everything in it is made from other tables and can be made again (`search.rebuild`).
-- What was written itself is not kept twice: the index has its words, results are read from where they belong.

-- One row for everything that can be found. Numbers count up in the order of time, so that a search walks from the newest.
CREATE TABLE search_document (
  id {row} PRIMARY KEY,
  kind TEXT NOT NULL,
  doc_id {key} NOT NULL UNIQUE,
  -- what it belongs to and is seen with: a case for its timeline, itself for a case
  owner BIGINT NOT NULL,
  -- which permission its reader needs
  need TEXT NOT NULL,
  -- of what stands for itself; NULL where no scope decides
  scope_id {key},
  -- whose own it is: the reporter's report, the assignee's task
  own_id {key},
  made_at BIGINT NOT NULL,
  -- tells whether the words have changed
  digest BIGINT NOT NULL,
  pieces BIGINT NOT NULL
);
CREATE INDEX search_document_owner ON search_document (owner);
CREATE INDEX search_document_scope ON search_document (scope_id) WHERE scope_id IS NOT NULL;
CREATE INDEX search_document_own ON search_document (own_id) WHERE own_id IS NOT NULL;

-- One row: the next number, the form of the index, and how far it is being made anew.
CREATE TABLE search_state (
  id BIGINT PRIMARY KEY,
  next_id BIGINT NOT NULL,
  form BIGINT NOT NULL,
  rebuilding BIGINT NOT NULL
);
INSERT INTO search_state (id, next_id, form, rebuilding) VALUES (1, 1, 0, 0);
