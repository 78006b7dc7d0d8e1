-- A model as readers see it.
-- In: model: as a literal.
-- Out: kind, storage (empty for a view), lsn (empty: it was never published), as_of.
-- By hand: after the holes are filled.
SELECT kind, storage, lsn, as_of
FROM tailrace.model_records FINAL
WHERE model = {{model}} AND NOT gone
