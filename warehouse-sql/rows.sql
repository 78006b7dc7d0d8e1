-- (a subquery) Rows of stream files of one schema under the storage's names.
-- In: source (table function); fields: `_tr_f.<field> AS c<id>` and ours; nothing is filtered.
SELECT {{fields}}
FROM {{source}} AS _tr_f
