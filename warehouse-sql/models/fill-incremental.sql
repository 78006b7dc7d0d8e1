-- Adds rows to the storage of an `incremental` model. Two rows of one key stay two rows until a
-- merge.
-- In: storage: name in backticks; settings: for the build; version: the rows get it; select: the
-- model's SELECT.
-- By hand: after the holes are filled.
INSERT INTO tailrace_models.{{storage}}
SETTINGS optimize_on_insert = 0, {{settings}}
SELECT *, toUInt64({{version}}) AS _tr_version, toUInt8(0) AS _tr_deleted FROM (
{{select}}
)
