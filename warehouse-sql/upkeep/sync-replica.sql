-- Waits until a replica has every part of a table that the other replicas of its shard have.
-- In: table: `database`.`name` in backticks.
-- By hand: after the holes are filled.
SYSTEM SYNC REPLICA {{table}} LIGHTWEIGHT
