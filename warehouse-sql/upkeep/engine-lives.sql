-- Shows that the engine answers.
-- Out: one.
-- By hand: as it is.
SELECT 1 AS one
