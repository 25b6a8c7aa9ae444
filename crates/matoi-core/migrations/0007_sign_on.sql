-- Answers of the identity provider that were used: none works twice. Kept until what was sent along with the browser has ended.
CREATE TABLE sign_on_answer (
  state_digest {key} PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sign_on_answer_expires ON sign_on_answer (expires_at);
