-- Stops or starts the merges of the storage of a model.
-- In: order: STOP or START; storage: name in backticks.
-- By hand: after the holes are filled.
SYSTEM {{order}} MERGES tailrace_models.{{storage}}
