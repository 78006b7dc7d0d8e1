-- Keeps the rows of a view for one export, as of one moment.
-- In: clone: name in backticks; select: the rows.
-- By hand: after the holes are filled.
CREATE TABLE tailrace_exports.{{clone}}
ENGINE = MergeTree
ORDER BY tuple()
AS {{select}}
