-- Copies the storage of a model from hard links, so that it stays readable for one export.
-- In: clone: name in backticks; storage: `tailrace_models.r5_2`.
-- By hand: after the holes are filled.
CREATE TABLE tailrace_exports.{{clone}} CLONE AS {{storage}}
