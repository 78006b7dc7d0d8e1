-- Closes every row of a history that is open when the table is truncated.
-- In: storage: name in backticks, `h16384_1_g1`; key: the columns of the key; version: UInt128
-- expression; time: that of the commit.
-- By hand: after the holes are filled.
INSERT INTO tailrace.{{storage}} ({{key}}, _tr_version, _tr_deleted, _tr_op, _tr_commit_time)
SELECT {{key}}, {{version}}, 1, 'T', {{time}}
FROM tailrace.{{storage}}
WHERE _tr_version < {{version}}
GROUP BY {{key}}
HAVING argMax(_tr_deleted, _tr_version) = 0
