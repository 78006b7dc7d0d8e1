-- Every table of database tailrace that is not state: storages, histories, staging tables, clones,
-- also those of freezes, and input tables.
-- Out: name.
-- By hand: as it is.
SELECT name
FROM system.tables
WHERE database = 'tailrace' AND match(name, '^([th][0-9]+_[0-9]+_g|staging_|clone_|frozen_|input_)')
