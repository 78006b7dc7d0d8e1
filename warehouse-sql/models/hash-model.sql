-- Count and hash of all rows, in any order.
-- In: storage: name in backticks; final: FINAL or nothing; columns: those of a model.
-- Out: rows, hash.
-- By hand: after the holes are filled.
SELECT count() AS rows, sum(sipHash64(toString(tuple({{columns}})))) AS hash
FROM tailrace_models.{{storage}} {{final}}
