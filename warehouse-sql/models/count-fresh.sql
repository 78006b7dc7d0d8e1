-- How many rows an incremental build added, how many keys they have, and how many of these keys are
-- those of a row in a group that is not touched. A NULL in a key is a value.
-- In: storage, present: names in backticks; version: that fresh rows have; key: columns of the key;
-- touched: a condition on present rows.
-- Out: fresh, keys, taken.
-- By hand: after the holes are filled.
SELECT
    (SELECT count() FROM tailrace_models.{{storage}} WHERE _tr_version = {{version}} AND NOT _tr_deleted) AS fresh,
    (
        SELECT count()
        FROM (SELECT DISTINCT {{key}} FROM tailrace_models.{{storage}} WHERE _tr_version = {{version}} AND NOT _tr_deleted)
    ) AS keys,
    (
        SELECT count()
        FROM tailrace_models.{{present}} FINAL
        WHERE tuple({{key}}) IN (
            SELECT tuple({{key}}) FROM tailrace_models.{{storage}} WHERE _tr_version = {{version}} AND NOT _tr_deleted
        ) AND NOT {{touched}}
    ) AS taken
SETTINGS transform_null_in = 1
