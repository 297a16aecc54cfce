-- Terms of one name may stand several at a time, each for an occasion of its own: which one it is for. Rows of before have
-- none; of those one at most was open.
ALTER TABLE clock ADD COLUMN occasion TEXT NOT NULL DEFAULT '';
