CREATE TABLE search_words (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX search_words_gin ON search_words USING GIN (words) WITH (gin_pending_list_limit = 512);
-- The planner must know the common words: how it walks depends on them.
ALTER TABLE search_words ALTER COLUMN words SET STATISTICS 1000;

-- A tsvector ends at position 16,383: longer texts stand in overlapping pieces.
CREATE TABLE search_piece (id BIGINT NOT NULL, piece BIGINT NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (id, piece));
CREATE INDEX search_piece_gin ON search_piece USING GIN (words) WITH (gin_pending_list_limit = 512);
