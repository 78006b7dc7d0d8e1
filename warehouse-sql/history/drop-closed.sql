-- Drops versions of a history that were closed before a time. What ended them stays until they
-- are gone, so that no row appears open in between.
-- In: storage: name in backticks, `h16384_1_g1`; key: the columns of the key; versions: as
-- versions.sql; before: a time.
-- By hand: after the holes are filled.
ALTER TABLE tailrace.{{storage}}
DELETE WHERE ({{key}}, _tr_version) IN (SELECT {{key}}, _tr_version FROM ({{versions}}) AS s WHERE s._tr_deleted = 0 AND s._tr_to < {{before}})
SETTINGS mutations_sync = 2, allow_nondeterministic_mutations = 1
