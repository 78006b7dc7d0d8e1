-- The tables of a replica of which ClickHouse gave up parts: no replica of its shard has them, so
-- it put empty ones in their place. The number never gets less.
-- Out: name, lost.
-- By hand: as it is.
SELECT table AS name, lost_part_count AS lost
FROM system.replicas
WHERE database = 'tailrace' AND lost_part_count > 0
