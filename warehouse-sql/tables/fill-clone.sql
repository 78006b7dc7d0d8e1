-- Fills a clone with the parts of its table, as hard links. Filled twice it has each row twice.
-- In: clone, storage: `database`.`name` in backticks.
-- By hand: after the holes are filled.
ALTER TABLE {{clone}} ATTACH PARTITION ALL FROM {{storage}}
