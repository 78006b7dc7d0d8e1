-- A storage, staging, clone or input table that is no longer used. Readers under way keep what they read. In: storage.
DROP TABLE IF EXISTS tailrace.{{storage}}
