-- An empty place for the rows of one step whose unchanged values are being resolved; of the same columns as the storage.
-- In: staging, storage.
CREATE OR REPLACE TABLE tailrace.{{staging}} AS tailrace.{{storage}}
ENGINE = MergeTree
ORDER BY tuple()
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
