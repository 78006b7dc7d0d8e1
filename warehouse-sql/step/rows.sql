-- (subquery) Rows of files of one schema under the storage's names.
-- In: fields: `_tr_f.<field> AS c<id>`, and ours; source: table function or table over the files;
-- condition: which rows count (not those of a rolled-back subtransaction).
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{fields}}
FROM {{source}} AS _tr_f
WHERE {{condition}}
