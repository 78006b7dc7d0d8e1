-- Makes one part of the storage of an incremental model, without tombstones and replaced rows.
-- In: storage: name in backticks.
-- By hand: after the holes are filled.
OPTIMIZE TABLE tailrace_models.{{storage}} FINAL CLEANUP
