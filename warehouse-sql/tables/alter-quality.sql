-- Adds the columns that a table of an earlier version lacks.
-- By hand: as it is.
ALTER TABLE tailrace.quality
    ADD COLUMN IF NOT EXISTS run         Nullable(UInt64) COMMENT 'number in tailrace.runs; NULL outside of a run',
    ADD COLUMN IF NOT EXISTS severity    LowCardinality(String) COMMENT 'error or warn',
    ADD COLUMN IF NOT EXISTS failures    UInt64 COMMENT 'failing rows',
    ADD COLUMN IF NOT EXISTS sample      String COMMENT 'at most 10 of them, as JSON',
    ADD COLUMN IF NOT EXISTS lsn         String COMMENT 'position at which the tables were read',
    ADD COLUMN IF NOT EXISTS as_of       Nullable(DateTime64(6, 'UTC')),
    ADD COLUMN IF NOT EXISTS duration_ms UInt64
