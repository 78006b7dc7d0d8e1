-- Keeps the touched groups of a build, each once.
-- In: touched: name in backticks; parts: SELECTs of one column `_tr_group`, with UNION ALL between
-- them.
-- By hand: after the holes are filled.
CREATE TABLE tailrace_models.{{touched}}
ENGINE = MergeTree
ORDER BY tuple()
AS SELECT DISTINCT _tr_group FROM (
{{parts}}
)
