-- Finds which columns of a storage have a NULL in a row that counts.
-- In: storage: name in backticks, `t16384_1_g1`; columns: `<1 when there is one> AS c<id>`,
-- separated by commas; final: `FINAL` or nothing; condition: which rows count.
-- Out: one column per c<id>.
-- By hand: no; its lists have one element per column. See README.md for how to read the real text.
SELECT {{columns}}
FROM tailrace.{{storage}} AS t {{final}}
WHERE {{condition}}
