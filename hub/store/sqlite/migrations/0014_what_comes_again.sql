-- What a refused item was taken for and whose appeal it named, as one digest: the same words about another
-- appeal are judged anew. '' of what was taken, and of what is older.
ALTER TABLE inbox ADD COLUMN about ANY NOT NULL DEFAULT '';
