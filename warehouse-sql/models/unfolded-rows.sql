-- Rows of an incremental build before those of one key are folded: the fresh ones, and those of
-- groups that are not touched.
-- In: storage: name in backticks; columns: those of a model; key: columns of its key; version: that
-- fresh rows have.
-- By hand: after the holes are filled.
SELECT {{columns}} FROM tailrace_models.{{storage}} WHERE _tr_version = {{version}} AND NOT _tr_deleted
UNION ALL
SELECT {{columns}} FROM (
    SELECT * FROM tailrace_models.{{storage}} WHERE _tr_version < {{version}} ORDER BY {{key}}, _tr_version DESC LIMIT 1 BY {{key}}
) WHERE NOT _tr_deleted
