-- Closes every row of a history that a later copy lacks, and of which no change came since.
-- In: storage: name in backticks, `h16384_1_g1`; key: the columns of the key; from, upto: versions
-- of the first and the last point of the copy, as UInt128 expressions; time: when it was taken.
-- By hand: after the holes are filled.
INSERT INTO tailrace.{{storage}} ({{key}}, _tr_version, _tr_deleted, _tr_op, _tr_commit_time)
SELECT {{key}}, {{from}}, 1, 'D', {{time}}
FROM tailrace.{{storage}}
WHERE _tr_version <= {{upto}}
GROUP BY {{key}}
HAVING countIf(_tr_version >= {{from}}) = 0 AND argMax(_tr_deleted, _tr_version) = 0
