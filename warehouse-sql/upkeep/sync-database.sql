-- Waits until a replica has every table that the others have.
-- By hand: as it is.
SYSTEM SYNC DATABASE REPLICA tailrace
