-- Fails when the lease is lost; runs right before a statement that cannot contain the fence.
-- In: fence: as fence.sql.
-- Out: held.
-- By hand: after the holes are filled.
SELECT {{fence}} AS held
