-- Words only (contentless): a third of the size of one that keeps its texts. Tokens are made by the program.
CREATE VIRTUAL TABLE search_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');
