-- (Postgres, in the snapshot of the verified position) One row of a relation in full. A row does
-- not move while the snapshot sees it, unless its table is rewritten.
-- In: digests, shown, key: arrays with one element per column: md5 of the canonical text, readable
-- text cut short, readable text of the key; relation: quoted name; ctid: position of the row.
-- Out: digests, shown, key.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{digests}} AS digests, {{shown}} AS shown, {{key}} AS key
FROM {{relation}} AS s
WHERE s.ctid = '{{ctid}}'::tid
