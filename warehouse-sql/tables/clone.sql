-- Creates a frozen copy of a storage from hard links, in milliseconds.
-- In: clone: name in backticks; storage: name in backticks, `t16384_1_g1`.
-- By hand: after the holes are filled.
CREATE TABLE IF NOT EXISTS tailrace.{{clone}} CLONE AS tailrace.{{storage}}
