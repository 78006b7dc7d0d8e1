-- A table of the source as its readers see it on several shards: each shard answers from its own
-- view, with its own part of the rows. A view over a Distributed table would send rows where this
-- sends the states of an aggregate, and would ask the shards as the reader.
-- In: table, view: `database`.`name` in backticks of the table, and of the view on each shard;
-- cluster, database, name: literals that name the cluster and the view; comment: the mark by which
-- tables without a source are found.
-- By hand: after the holes are filled.
CREATE OR REPLACE TABLE {{table}} AS {{view}}
ENGINE = Distributed({{cluster}}, {{database}}, {{name}})
COMMENT '{{comment}}'
