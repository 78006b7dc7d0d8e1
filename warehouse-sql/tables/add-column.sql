-- A column that the source has got: rows older than it have its missing value. In: storage, column
-- (name, type and comment with DEFAULT).
ALTER TABLE tailrace.{{storage}} ADD COLUMN IF NOT EXISTS {{column}}
