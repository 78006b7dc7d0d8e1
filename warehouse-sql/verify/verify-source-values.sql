-- (runs in Postgres, in the snapshot of the position that is verified) One row of a relation in
-- full.
-- In: digests, shown, key (arrays, one element per column: md5 of the canonical text, readable text
-- cut short, readable text of the key), relation,
-- ctid. A row does not move while the snapshot sees it, unless its table is rewritten.
SELECT {{digests}} AS digests, {{shown}} AS shown, {{key}} AS key
FROM {{relation}} AS s
WHERE s.ctid = '{{ctid}}'::tid
