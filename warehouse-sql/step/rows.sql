-- (a subquery) Rows of stream files of one schema under the storage's names.
-- In: source (table function); fields: `_tr_f.<field> AS c<id>` and ours; condition: which rows
-- count (those of a subtransaction that was rolled back do not).
SELECT {{fields}}
FROM {{source}} AS _tr_f
WHERE {{condition}}
